//! DynamoDB is slow, gone or throttling, or its answer is lost.

use super::{Thing, patient};
use serde_json::json;
use shared::{
    clock::Clock,
    context::Cx,
    table::{Consistency, Reason, Shards, Table, TableError},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tests::{
    dynamo::Tables,
    fault_injector::{Rule, error},
};

/// Things whose first `times` calls of `operation` meet `rule`.
fn things(tables: &Tables, operation: &'static str, times: u32, rule: fn() -> Rule) -> (Table<Thing>, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&calls);
    let client = tables.client_through(move |call| {
        let is_met = call.operation == operation && count.fetch_add(1, Ordering::Relaxed) < times;
        if is_met { rule() } else { Rule::Pass }
    });
    (tables.table(&client, "Products", Shards::ONE), calls)
}

fn short(millis: u64) -> Cx {
    Cx::new(Clock::system(), "test", Duration::from_millis(millis))
}

#[tokio::test]
async fn a_call_ends_with_its_request() {
    let tables = Tables::new();
    let (things, _) = things(&tables, "GetItem", u32::MAX, || Rule::Delay(Duration::from_mins(1)));
    let start = Instant::now();
    let error = things.get(&short(200), &Thing::new(1).id, Consistency::Eventual).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert!(start.elapsed() < Duration::from_millis(400), "{:?}", start.elapsed());
    let late = things.get(&short(0), &Thing::new(1).id, Consistency::Eventual).await.unwrap_err();
    assert_eq!(late.to_string(), "GetItem is unavailable: out of time");
}

#[tokio::test]
async fn a_call_has_a_limit_of_its_own() {
    let tables = Tables::new();
    let (things, _) = things(&tables, "GetItem", u32::MAX, || Rule::Delay(Duration::from_mins(1)));
    let start = Instant::now();
    let error = things.get(&short(60_000), &Thing::new(1).id, Consistency::Eventual).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert!(start.elapsed() < Duration::from_millis(3_500), "{:?}", start.elapsed());
}

#[tokio::test]
async fn one_slow_or_failing_try_is_tried_again() {
    let tables = Tables::new();
    let rules: [fn() -> Rule; 3] = [
        || Rule::refuse(500, "InternalServerError"),
        || Rule::refuse(400, "ProvisionedThroughputExceededException"),
        || Rule::Delay(Duration::from_mins(1)),
    ];
    for rule in rules {
        let (things, calls) = things(&tables, "GetItem", 1, rule);
        assert_eq!(things.get(&patient(), &Thing::new(1).id, Consistency::Eventual).await.unwrap(), None);
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
}

#[tokio::test]
async fn throttling_that_stays_is_unavailable_and_a_defect_is_not() {
    let tables = Tables::new();
    let throttle = || Rule::refuse(400, "ProvisionedThroughputExceededException");
    let (throttled, calls) = things(&tables, "PutItem", u32::MAX, throttle);
    let error = throttled.create(&patient(), &Thing::new(1)).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(calls.load(Ordering::Relaxed), 12, "tries");
    let nowhere = Table::<Thing>::new(&tables.client(), "nowhere", Shards::ONE);
    let error = nowhere.create(&patient(), &Thing::new(1)).await.unwrap_err();
    assert!(matches!(error, TableError::Refused { operation: "PutItem", .. }), "{error}");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_no_conflict() {
    let tables = Tables::new();
    let lose = || Rule::Lose(500, error("InternalServerError"));
    let (things, calls) = things(&tables, "PutItem", 1, lose);
    let thing = Thing::new(1);
    things.create(&patient(), &thing).await.unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    let again = things.create(&patient(), &thing).await;
    assert!(matches!(again, Err(TableError::Conflict { .. })), "the same item from someone else is one");
}

fn busy() -> Rule {
    let reasons = json!([{"Code": "TransactionConflict", "Message": "ongoing"}]);
    let mut body = error("TransactionCanceledException");
    body["CancellationReasons"] = reasons;
    Rule::Instead(400, body)
}

#[tokio::test]
async fn contention_is_waited_for_and_told_apart_when_it_stays() {
    let tables = Tables::new();
    let single = || Rule::refuse(400, "TransactionConflictException");
    let (once, _) = things(&tables, "PutItem", 2, single);
    once.create(&patient(), &Thing::new(1)).await.unwrap();
    let (always, _) = things(&tables, "PutItem", u32::MAX, single);
    let error = always.create(&patient(), &Thing::new(2)).await.unwrap_err();
    assert!(error.is_busy() && matches!(error, TableError::Busy { .. }), "{error}");

    let client = tables.client_through(|call| if call.operation == "TransactWriteItems" { busy() } else { Rule::Pass });
    let error = client.transact(&patient(), vec![always.creating(&Thing::new(3))]).await.unwrap_err();
    assert!(error.is_busy(), "{error}");
    let TableError::Cancelled(reasons) = error else { panic!("{error}") };
    assert_eq!(reasons, [Reason::Busy]);
}
