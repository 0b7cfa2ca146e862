//! A table that takes longer than usual, or does not answer.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

#[tokio::test(start_paused = true)]
async fn at_one_second_of_latency_every_single_call_succeeds() {
    let world = World::new(|_| Rule::Delay(Duration::from_secs(1)));
    let (first, took) = world.get().await;
    assert!(first.is_ok() && took <= 1_510 * MS, "{took:?}");
    for _ in 0..20 {
        let (got, took) = world.get().await;
        assert!(got.is_ok() && took <= 1_010 * MS, "it learns what the table takes: {took:?}");
    }
    assert_eq!(world.calls(), 22);
    let start = Instant::now();
    world.things.create(&request(), &Thing::new(1)).await.unwrap();
    world.things.list(&request(), &all(), 20, None).await.unwrap();
    assert!(start.elapsed() <= 3_050 * MS, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_is_slow_from_the_first_call_on_is_listed_and_written_too() {
    let delay = |_: &Call| Rule::Delay(Duration::from_secs(1));
    let world = World::new(delay);
    let page = world.things.list(&request(), &all(), 20, None).await;
    assert!(page.is_ok(), "32 timeouts at one moment are one: {page:?}");
    World::new(delay).things.create(&request(), &Thing::new(1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_quarter_of_a_second_more_costs_no_second_call() {
    let world = World::new(|_| Rule::Delay(Duration::from_millis(250)));
    for _ in 0..50 {
        let (got, took) = world.get().await;
        assert!(got.is_ok() && took <= 255 * MS, "{took:?}");
    }
    assert_eq!(world.calls(), 50);
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_of_silence_cost_one_long_read_and_a_probe_every_second_or_two() {
    let world = World::new(|_| Rule::Hang);
    let (error, took) = world.get().await;
    assert!(error.unwrap_err().is_unavailable() && took <= 1_760 * MS, "{took:?}");
    assert_eq!(world.calls(), 2);
    let (start, mut reads) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_mins(10) {
        let (error, took) = world.get().await;
        assert!(error.unwrap_err().is_unavailable() && took <= 251 * MS, "{took:?} after {:?}", start.elapsed());
        reads += 1;
        sleep(40 * MS).await;
    }
    let calls = world.calls();
    println!("{reads} reads in ten minutes of silence made {calls} calls");
    assert!(reads > 9_000 && (300..=620).contains(&calls), "{calls} calls for {reads} reads");
    // It returns, and takes a second: longer than a request waits for a probe.
    world.rule(|_| Rule::Delay(Duration::from_secs(1)));
    sleep(3_000 * MS).await;
    assert!(world.get().await.0.is_err());
    sleep(1_000 * MS).await;
    assert!(world.get().await.0.is_ok(), "the probe went on when its request was over");
}

#[tokio::test(start_paused = true)]
async fn another_table_is_asked_while_one_is_silent() {
    let tables = Tables::new();
    let silent = tables.name("Products");
    let client = tables.client_in_process(move |call| match call.body["TableName"].as_str() {
        Some(name) if name == silent => Rule::Hang,
        _ => Rule::Pass,
    });
    let things = |name| tables.table::<Thing>(&client, name, Shards::ONE);
    let (dead, alive) = (things("Products"), things("Users"));
    let (id, cx) = (Thing::new(1).id, request());
    let reads = join_all((0..5).map(|_| dead.get(&cx, &id, Consistency::Strong))).await;
    assert!(reads.iter().all(Result::is_err));
    assert!(dead.get(&cx, &id, Consistency::Strong).await.is_err());
    assert!(alive.get(&cx, &id, Consistency::Strong).await.is_ok());
    // A transaction over both is refused before it is sent, and nothing is known to have happened.
    let refused = client.transact(&cx, vec![alive.creating(&Thing::new(2)), dead.creating(&Thing::new(2))]).await;
    assert!(refused.unwrap_err().is_unavailable() && cx.counted(fields::TABLE_REFUSED) >= 2);
}
