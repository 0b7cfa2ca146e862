//! A client's idempotency key: one transaction with the effect.

use serde::{Deserialize, Serialize};
use shared::{
    clock::Clock,
    context::Cx,
    idempotency::{Idempotency, OnceError, OnceKey, Settled, payload_hash},
    table::{Client, Condition, Consistency, Item, Key, Reason, Shards, Table},
    version::{Version, Versioned},
};
use std::time::Duration;
use tests::{
    dynamo::Tables,
    fault_injector::{Rule, error},
};

/// What a request makes. Each attempt draws its own number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    number: u32,
    version: Version,
}

impl Versioned for Made {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Made {
    type Key = u32;
    fn key_of(number: &u32) -> Key {
        Key::simple(format!("made#{number}"))
    }
    fn key(&self) -> Key {
        Self::key_of(&self.number)
    }
}

struct Shop {
    once: Idempotency,
    made: Table<Made>,
    clock: Clock,
}

impl Shop {
    fn new(tables: &Tables, client: &Client) -> Self {
        let once = Idempotency::new(client, tables.name("Once"));
        Self { once, made: tables.table(client, "Users", Shards::ONE), clock: Clock::manual(crate::helpers::START) }
    }

    async fn post(&self, key: &str, body: &str, number: u32) -> Result<Settled<u32>, OnceError> {
        let cx = Cx::new(self.clock.clone(), "request", Duration::from_secs(10));
        let key = OnceKey::request("user", "make", key).unwrap();
        let made = Made { number, version: Version::FIRST };
        let effects = vec![self.made.creating(&made)];
        self.once.transact(&cx, &key, &payload_hash(&body).unwrap(), number, effects).await
    }

    /// How many of the numbers up to `n` were made.
    async fn count(&self, n: u32) -> usize {
        let numbers: Vec<_> = (0..n).collect();
        let found = self.made.get_many(&Cx::detached(), &numbers, Consistency::Strong).await.unwrap();
        found.into_iter().flatten().count()
    }
}

#[tokio::test]
async fn two_hundred_requests_with_one_key_make_one_thing() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    let posts = (0..200).map(|n| shop.post("key", "body", n));
    let answers = futures_util::future::join_all(posts).await;
    assert_eq!(shop.count(200).await, 1);
    let mut results: Vec<_> = answers.iter().flatten().map(|s| s.result).collect();
    results.dedup();
    assert_eq!(results.len(), 1, "equal answers");
    assert_eq!(answers.iter().flatten().filter(|s| !s.replayed).count(), 1, "one of them is the first");
    let rest = answers.iter().filter_map(|a| a.as_ref().err());
    assert!(rest.into_iter().all(|e| matches!(e, OnceError::Busy { .. })), "or 409");
}

#[tokio::test]
async fn another_body_is_refused_until_the_key_has_expired_by_the_clock() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    assert_eq!(shop.post("key", "body", 1).await.unwrap(), Settled { result: 1, replayed: false });
    assert_eq!(shop.post("key", "body", 2).await.unwrap(), Settled { result: 1, replayed: true });
    assert!(matches!(shop.post("key", "other", 3).await, Err(OnceError::Mismatch)));
    shop.clock.advance(Duration::from_secs(86_399));
    assert!(shop.post("key", "body", 4).await.unwrap().replayed);
    shop.clock.advance(Duration::from_secs(1));
    assert_eq!(shop.post("key", "other", 5).await.unwrap(), Settled { result: 5, replayed: false }, "nobody swept it");
    assert_eq!(shop.count(6).await, 2);
}

#[tokio::test]
async fn a_refused_effect_leaves_no_record() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    shop.post("one", "body", 7).await.unwrap();
    let refused = shop.post("two", "body", 7).await;
    assert!(matches!(refused, Err(OnceError::Refused(reasons)) if matches!(reasons[..], [Reason::Condition(Some(_))])));
    assert!(!shop.post("two", "body", 8).await.unwrap().replayed);
}

#[tokio::test]
async fn a_repetition_is_answered_from_the_record_before_anything_else() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    let cx = Cx::new(shop.clock.clone(), "request", Duration::from_secs(10));
    let key = OnceKey::request("user", "make", "key").unwrap();
    let hash = |body: &str| payload_hash(&body).unwrap();
    assert_eq!(shop.once.replay::<u32>(&cx, &key, &hash("body")).await.unwrap(), None);
    shop.post("key", "body", 1).await.unwrap();
    assert_eq!(shop.once.replay(&cx, &key, &hash("body")).await.unwrap(), Some(1));
    assert!(matches!(shop.once.replay::<u32>(&cx, &key, &hash("other")).await, Err(OnceError::Mismatch)));
}

#[tokio::test]
async fn an_answer_that_is_lost_is_not_a_second_order_and_not_a_replay() {
    let tables = Tables::new();
    let lost = std::sync::atomic::AtomicBool::new(false);
    let client = tables.client_through(move |call| {
        let first = call.operation == "TransactWriteItems" && !lost.swap(true, std::sync::atomic::Ordering::SeqCst);
        if first { Rule::Lose(500, error("InternalServerError")) } else { Rule::Pass }
    });
    let shop = Shop::new(&tables, &client);
    assert_eq!(shop.post("key", "body", 1).await.unwrap(), Settled { result: 1, replayed: false });
    assert_eq!(shop.count(2).await, 1);
}

#[tokio::test]
async fn while_others_hold_the_item_it_is_busy_and_with_the_table_gone_unavailable() {
    let tables = Tables::new();
    let busy = tables.client_through(|call| match call.operation.as_str() {
        "TransactWriteItems" => Rule::Instead(400, conflict()),
        _ => Rule::Pass,
    });
    let answer = Shop::new(&tables, &busy).post("key", "body", 1).await;
    assert!(matches!(answer, Err(OnceError::Busy { until: None })), "{answer:?}");
    let gone = tables.client_through(|_| Rule::refuse(500, "InternalServerError"));
    let answer = Shop::new(&tables, &gone).post("key", "body", 1).await;
    assert!(matches!(&answer, Err(OnceError::Table(e)) if e.is_unavailable()), "{answer:?}");
}

fn conflict() -> serde_json::Value {
    let mut body = error("TransactionCanceledException");
    body["CancellationReasons"] =
        serde_json::json!([{"Code": "TransactionConflict", "Message": "conflict"}, {"Code": "None"}]);
    body
}

#[tokio::test]
async fn a_check_of_another_item_is_an_effect_too() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    let cx = Cx::new(shop.clock.clone(), "request", Duration::from_secs(10));
    let key = OnceKey::request("user", "make", "key").unwrap();
    let check = vec![shop.made.checking(&9, &Condition::At(Version(1)))];
    let answer = shop.once.transact(&cx, &key, "h", 1, check).await;
    assert!(matches!(answer, Err(OnceError::Refused(reasons)) if reasons == [Reason::Condition(None)]));
}
