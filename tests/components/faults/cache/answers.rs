//! Answers that are wrong, late, or lost.

use super::*;

#[tokio::test]
async fn garbage_and_nonsense_are_no_answers_and_the_work_is_done() {
    for (fault, key) in [(Fault::Garbage, "a"), (Fault::Nonsense, "b")] {
        let world = World::new();
        world.get(key).await.unwrap();
        world.fault(Rule::new(fault.clone()));
        let _ = world.set(key, b"1").await;
        assert_eq!(world.holds(key), "$1\r\n1\r\n", "{fault:?}");
        let answer = world.get(key).await;
        assert!(answer.is_err(), "{fault:?}: {answer:?}");
        world.well_again().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_belongs_to_work_that_is_done() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::LostAnswer).operation("SET").times(1));
    let (took, lost) = timed(world.set("a", b"1")).await;
    assert!(matches!(lost, Err(ValkeyError::Broken(_))) && took < PATIENCE, "{lost:?} after {took:?}");
    assert_eq!(world.holds("a"), "$1\r\n1\r\n");
    assert_eq!(world.served("a").await.as_deref(), Some(&b"1"[..]), "once, and not again");
}

#[tokio::test]
async fn a_delay_counts_from_arrival_and_not_from_the_call_before() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::delay(100)).operation("GET"));
    let (took, all) = timed(futures_util::future::join_all((0..20).map(|_| world.get("a")))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert!((Duration::from_millis(100)..PATIENCE).contains(&took), "twenty at once took {took:?}");
}

#[tokio::test]
async fn a_full_cache_takes_no_writes_and_is_read() {
    let world = World::new();
    world.set("a", b"1").await.unwrap();
    world.fault(Rule::new(Fault::error("OOM")).operation("SET"));
    let refused = world.set("a", b"2").await;
    assert!(matches!(&refused, Err(ValkeyError::Refused { code, .. }) if code == "OOM"), "{refused:?}");
    assert_eq!(world.get("a").await.unwrap().as_deref(), Some(&b"1"[..]));
}
