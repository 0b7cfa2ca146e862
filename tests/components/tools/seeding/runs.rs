//! Runs that are killed or repeated.

use super::*;

#[tokio::test]
async fn a_run_that_is_killed_goes_on_and_makes_the_same() {
    let (whole, in_parts) = (Tables::new(), Tables::new());
    let (app, wanted) = stack(&whole, usize::MAX);
    seed(&app, PLAN).await.unwrap();
    let wanted = wanted.lock().unwrap().clone();
    assert_eq!(wanted.len(), 2 * PLAN.users + PLAN.products + PLAN.orders);

    let mut written: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut deaths = 0;
    loop {
        let (app, now) = stack(&in_parts, 3);
        let outcome = seed(&app, PLAN).await;
        for (key, items) in now.lock().unwrap().iter() {
            written.entry(key.clone()).or_default().extend(items.clone());
        }
        match outcome {
            Ok(filled) => {
                println!("{deaths} deaths, then {filled:?}");
                break;
            }
            Err(_) => deaths += 1,
        }
    }
    assert!(deaths > 5, "{deaths} deaths");
    // What was under way when a run died is in the tables, but nobody heard of it; the rest was
    // written once, and the same.
    let others: Vec<_> = written.iter().filter(|(key, items)| wanted.get(*key) != Some(items)).collect();
    assert!(others.is_empty() && written.len() > wanted.len() / 4, "{} of {}: {others:?}", written.len(), wanted.len());
    let filled = seed(&stack(&in_parts, 0).0, PLAN).await.unwrap();
    assert!(filled.iter().all(|all| all.written == 0), "all is there: {filled:?}");
}

#[tokio::test]
async fn a_second_run_finds_all_and_writes_nothing() {
    let tables = Tables::new();
    seed(&stack(&tables, usize::MAX).0, PLAN).await.unwrap();
    let filled = seed(&stack(&tables, 0).0, PLAN).await.unwrap();
    assert!(filled.len() == 3 && filled.iter().all(|all| all.written == 0), "{filled:?}");
    let more = seed(&stack(&tables, usize::MAX).0, Plan { users: 240, ..Plan::default() }).await.unwrap();
    assert_eq!(more[0].written, 10, "the ones that were missing");
}
