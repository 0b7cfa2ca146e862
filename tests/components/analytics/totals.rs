//! The analytics worker, as it is deployed, counts everything once, however often a message comes.

use crate::{
    helpers::{Dice, START, failures},
    pipeline::{
        Pipeline,
        orders::{placed, random_orders},
    },
};
use std::time::Duration;
use tests::kill;

/// Longer than any lock and any visibility timeout.
const LONG: Duration = Duration::from_mins(5);

#[tokio::test]
async fn sales_pairs_summaries_and_lists_are_what_the_orders_add_up_to_however_often_they_come() {
    let pipeline = Pipeline::quiet().await;
    let orders = random_orders(&mut Dice(1), 60, 7);
    pipeline.relay(&orders).await;
    for message in pipeline.queues.messages("analytics") {
        pipeline.queues.push("analytics", message.body);
    }
    let mut dice = Dice(2);
    while let Some(event) = pipeline.queues.receive("analytics", |n| dice.roll(n)) {
        let answer = pipeline.invoke("analytics", &event).await;
        pipeline.queues.settle("analytics", &event, &answer);
    }
    pipeline.check_counts(&orders).await;
    pipeline.relay(&orders).await;
    pipeline.drain("analytics").await;
    pipeline.check_counts(&orders).await;
    assert!(pipeline.queues.messages("analytics").is_empty() && pipeline.queues.messages("analytics-dlq").is_empty());
}

#[tokio::test]
async fn ten_orders_of_fifty_lines_fill_many_transactions_and_count_once() {
    let pipeline = Pipeline::quiet().await;
    let lines = |n: usize| (0..50).map(|line| (50 * n + line, 2)).collect::<Vec<_>>();
    let orders: Vec<_> = (0..10).map(|n| placed(n, START, &lines(n))).collect();
    pipeline.relay(&orders).await;
    let event = pipeline.queues.receive("analytics", |_| 0).unwrap();
    assert_eq!(event["Records"].as_array().unwrap().len(), 10);
    for _ in 0..2 {
        let answer = pipeline.invoke("analytics", &event).await;
        assert_eq!(failures(&answer), Vec::<String>::new());
        pipeline.check_counts(&orders).await;
    }
}

#[tokio::test]
async fn what_is_counted_is_exact_wherever_the_worker_dies() {
    let pipeline = Pipeline::quiet().await;
    let mut orders = Vec::new();
    for polls in 1.. {
        let at = |n| placed(n, START, &[(polls % 7, 1), (7 + n, 2), (20 + polls, 1)]);
        let batch: Vec<_> = (0..3).map(at).collect();
        pipeline.relay(&batch).await;
        orders.extend(batch);
        let event = pipeline.queues.receive("analytics", |_| 0).unwrap();
        let answer = kill::after_polls(pipeline.invoke("analytics", &event), polls).await;
        if let Some(answer) = &answer {
            pipeline.queues.settle("analytics", &event, answer);
        }
        pipeline.clock.advance(LONG);
        pipeline.drain("analytics").await;
        if polls % 10 == 0 || answer.is_some() {
            pipeline.check_counts(&orders).await;
        }
        if answer.is_some() {
            println!("{} kills", polls - 1);
            assert!(polls > 5, "{polls} polls are too few to be every point");
            break;
        }
    }
    assert!(pipeline.queues.messages("analytics-dlq").is_empty());
}

#[tokio::test]
async fn workers_side_by_side_keep_the_same_lists_right() {
    let pipeline = Pipeline::quiet().await;
    // Everybody buys the same three products, with something of their own.
    let orders: Vec<_> = (0..80).map(|n| placed(n % 5, START, &[(0, 1), (1, 1), (2, 1), (10 + n, 1)])).collect();
    pipeline.relay(&orders).await;
    let events: Vec<_> = std::iter::from_fn(|| pipeline.queues.receive("analytics", |_| 0)).collect();
    assert_eq!(events.len(), 8);
    let work = events.iter().map(async |event| {
        let answer = pipeline.invoke("analytics", event).await;
        pipeline.queues.settle("analytics", event, &answer);
    });
    futures_util::future::join_all(work).await;
    for _ in 0..5 {
        pipeline.clock.advance(LONG);
        pipeline.drain("analytics").await;
    }
    pipeline.check_counts(&orders).await;
    assert!(pipeline.queues.messages("analytics").is_empty() && pipeline.queues.messages("analytics-dlq").is_empty());
}

#[tokio::test]
async fn poison_is_buried_and_its_batch_is_counted() {
    let pipeline = Pipeline::quiet().await;
    let orders: Vec<_> = (0..4).map(|n| placed(n, START, &[(n, 1), (9, 1)])).collect();
    pipeline.relay(&orders).await;
    pipeline.queues.push("analytics", "{\"poison\": true}");
    pipeline.drain("analytics").await;
    pipeline.check_counts(&orders).await;
    let buried = pipeline.queues.messages("analytics-dlq");
    assert_eq!(buried.len(), 1);
    assert!(buried[0].reason.as_deref().unwrap().starts_with("poison: "));
}
