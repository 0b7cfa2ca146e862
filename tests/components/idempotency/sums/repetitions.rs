//! The same messages several times, and at once.

use super::*;

#[tokio::test]
async fn repetitions_in_one_batch_and_across_batches_count_once() {
    let tables = Tables::new();
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&tables, &tables.client(), &clock, &queues);
    for thing in ["a", "b", "a", "c", "a", "b", "d", "e", "a", "f", "a", "b", "g"] {
        queues.push("counts", json_of(thing));
    }
    while let Some(event) = queues.receive("counts", |_| 0) {
        let answer = invoke(&consumer, &event).await;
        queues.settle("counts", &event, &answer);
    }
    assert_eq!(sum(&tables).await, 7);
    assert!(queues.messages("counts").is_empty() && queues.messages("counts-dlq").is_empty());
}

#[tokio::test]
async fn consumers_side_by_side_with_the_same_messages_count_each_once() {
    let tables = Tables::new();
    let client = tables.client();
    let (once, counters) = (Idempotency::new(&client, tables.name("Once")), counters(&tables, &client));
    let deliveries: Vec<_> = (0..30).map(|n| Delivery::first("counts", format!("{n}"), b"x")).collect();
    let runs = (0..8).map(async |start| {
        let part: Vec<_> = deliveries.iter().cycle().skip(start * 3).take(12).collect();
        let cx = Cx::new(Clock::manual(START), "request", TIME);
        once.transact_all(&cx, &part, |fresh| adds(&counters, fresh.len())).await
    });
    let fates: Vec<_> = futures_util::future::join_all(runs).await.concat();
    // What was busy comes again.
    let cx = Cx::new(Clock::manual(START), "request", TIME);
    let all: Vec<_> = deliveries.iter().collect();
    let last = once.transact_all(&cx, &all, |fresh| adds(&counters, fresh.len())).await;
    assert!(last.iter().all(Result::is_ok), "{last:?}");
    assert!(fates.iter().filter(|f| f.is_ok()).count() > 12);
    assert_eq!(sum(&tables).await, 30);
}
