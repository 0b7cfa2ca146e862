//! Many items in one call, and calls that are done in part.

use super::{Thing, patient, shards};
use serde_json::json;
use shared::telemetry::fields;
use shared::{
    context::Cx,
    table::{Consistency, Shards, Table, TableError},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tests::line::ReadLine as _;
use tests::{dynamo::Tables, fault_injector::Rule};

#[tokio::test]
async fn any_number_of_keys_comes_back_in_order_each_read_once() {
    let (tables, cx) = (Tables::new(), patient());
    let things = tables.table::<Thing>(&tables.client(), "Products", shards("4"));
    let mut heard = Vec::new();
    let written = things.write_all(&cx, (0..230).map(Thing::new), |n| heard.push(n)).await.unwrap();
    assert_eq!((written, heard.last()), (230, Some(&230)));
    assert!(heard.is_sorted() && heard.len() == 10, "{heard:?}");
    assert_eq!(cx.counted(fields::TABLE_WRITES), 10);
    // Backwards, every key twice, and one that is not there.
    let mut ids: Vec<_> = (0..230).rev().chain(0..230).map(|n| Thing::new(n).id).collect();
    ids.push("missing".to_owned());
    let found = things.get_many(&cx, &ids, Consistency::Eventual).await.unwrap();
    let expected: Vec<_> = (0..230).rev().chain(0..230).map(|n| Some(Thing::new(n))).chain([None]).collect();
    assert_eq!(found, expected);
    assert_eq!(cx.counted(fields::TABLE_READS), 3, "231 keys, 100 a call");
    assert_eq!(things.get_many(&cx, &[], Consistency::Strong).await.unwrap(), Vec::new());
}

#[tokio::test]
async fn of_two_items_under_one_key_the_later_stays() {
    let (tables, cx) = (Tables::new(), patient());
    let things = tables.table::<Thing>(&tables.client(), "Products", Shards::ONE);
    let (old, new) = (Thing::new(1), Thing::new(1).next("later"));
    things.write_all(&cx, [&old, &new], |_| ()).await.unwrap();
    assert_eq!(things.get(&cx, &new.id, Consistency::Strong).await.unwrap(), Some(new));
}

/// Things behind a DynamoDB that leaves the first `calls` batches undone.
fn undone(tables: &Tables, calls: u32) -> (Table<Thing>, Arc<AtomicU32>) {
    let made = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&made);
    let client = tables.client_through(move |call| {
        let unprocessed = match call.operation.as_str() {
            "BatchGetItem" => "UnprocessedKeys",
            "BatchWriteItem" => "UnprocessedItems",
            _ => return Rule::Pass,
        };
        if count.fetch_add(1, Ordering::Relaxed) < calls {
            Rule::Instead(200, json!({unprocessed: call.body["RequestItems"]}))
        } else {
            Rule::Pass
        }
    });
    (tables.table(&client, "Products", Shards::ONE), made)
}

#[tokio::test]
async fn what_was_left_undone_is_done_again() {
    let (tables, cx) = (Tables::new(), patient());
    let (things, calls) = undone(&tables, 3);
    things.write_all(&cx, (0..20).map(Thing::new), |_| ()).await.unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 4);
    assert_eq!(cx.counted(fields::TABLE_UNPROCESSED), 60);
    let (things, calls) = undone(&tables, 3);
    let ids: Vec<_> = (0..20).map(|n| Thing::new(n).id).collect();
    let found = things.get_many(&cx, &ids, Consistency::Strong).await.unwrap();
    assert_eq!(found, (0..20).map(|n| Some(Thing::new(n))).collect::<Vec<_>>());
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn what_is_left_undone_for_ever_ends_with_the_request() {
    let tables = Tables::new();
    let (things, _) = undone(&tables, u32::MAX);
    let cx = Cx::new(shared::clock::Clock::system(), "test", Duration::from_millis(400));
    let start = Instant::now();
    let error = things.get_many(&cx, &[Thing::new(1).id], Consistency::Strong).await.unwrap_err();
    assert!(matches!(error, TableError::Unavailable { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_millis(600), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_run_that_stops_says_how_far_it_came() {
    let tables = Tables::new();
    let count = AtomicU32::new(0);
    let client = tables.client_through(move |call| {
        let is_fifth = call.operation == "BatchWriteItem" && count.fetch_add(1, Ordering::Relaxed) >= 4;
        if is_fifth { Rule::refuse(400, "ValidationException") } else { Rule::Pass }
    });
    let (things, cx) = (tables.table::<Thing>(&client, "Products", Shards::ONE), patient());
    let heard = Mutex::new(0);
    let result = things.write_all(&cx, (0..1_000).map(Thing::new), |n| *heard.lock().unwrap() = n).await;
    assert!(matches!(result, Err(TableError::Refused { .. })), "{result:?}");
    let heard = *heard.lock().unwrap();
    assert!(heard <= 100 && heard.is_multiple_of(25), "{heard}");
    let ids: Vec<_> = (0..heard).map(|n| Thing::new(n).id).collect();
    let found = things.get_many(&cx, &ids, Consistency::Strong).await.unwrap();
    assert!(found.iter().all(Option::is_some), "what it says is written is written");
}
