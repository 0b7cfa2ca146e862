//! One thing that everybody wants: its counter must not be one conflict after another.

use super::{Dice, START, TIME};
use serde_json::json;
use shared::{
    clock::Clock,
    context::Cx,
    idempotency::Idempotency,
    queue::Delivery,
    table::{Adds, Consistency, Counters, Shards},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tests::{
    dynamo::Tables,
    meddler::{Call, Rule, error},
};

/// How long a transaction holds its items, in microseconds: what DynamoDB takes for one, and then some.
const HELD_US: usize = 10_000;
/// 200 messages a second in batches of ten are a transaction every 50 ms, at random moments.
const EVERY_US: usize = 50_000;
const BATCHES: usize = 1_000;

/// Transactions as they were on paper: when each came, and what it held until when.
#[derive(Default)]
struct Paper {
    now: usize,
    held: HashMap<String, usize>,
    conflicts: usize,
}

impl Paper {
    fn judge(&mut self, call: &Call) -> Rule {
        let items = call.body["TransactItems"].as_array().cloned().unwrap_or_default();
        let counters: Vec<_> = items.iter().filter_map(|i| i["Update"]["Key"]["pk"]["S"].as_str()).collect();
        if counters.iter().any(|pk| self.held.get(*pk).is_some_and(|until| *until > self.now)) {
            self.conflicts += 1;
            self.now += HELD_US;
            let mut body = error("TransactionCanceledException");
            let codes = items.iter().map(|i| if i["Update"].is_null() { "None" } else { "TransactionConflict" });
            body["CancellationReasons"] = codes.map(|code| json!({"Code": code})).collect();
            return Rule::Instead(400, body);
        }
        self.held.extend(counters.into_iter().map(|pk| (pk.to_owned(), self.now + HELD_US)));
        Rule::Pass
    }
}

#[tokio::test]
async fn conflicts_on_the_counters_of_one_viral_thing_stay_under_one_in_a_hundred() {
    let tables = Tables::new();
    let paper = Arc::new(Mutex::new(Paper::default()));
    let judge = Arc::clone(&paper);
    let client = tables.client_through(move |call| match call.operation.as_str() {
        "TransactWriteItems" => judge.lock().unwrap().judge(call),
        _ => Rule::Pass,
    });
    let once = Idempotency::new(&client, tables.name("Once"));
    let counters = Counters::new(&client, tables.name("Counters"), "128".parse::<Shards>().unwrap());
    let clock = Clock::manual(START);
    let mut dice = Dice(7);
    for batch in 0..BATCHES {
        // Two rolls make the gaps uneven; their mean is what it is on paper.
        paper.lock().unwrap().now += dice.roll(EVERY_US) + dice.roll(EVERY_US);
        let deliveries: Vec<_> = (0..10).map(|n| Delivery::first("sales", format!("{batch}/{n}"), b"x")).collect();
        let cx = Cx::new(clock.clone(), "request", TIME);
        let effects = |fresh: &[usize]| {
            let mut adds = Adds::default();
            adds.add("sales", "hour", "viral", i64::try_from(fresh.len()).unwrap());
            counters.adding(&adds)
        };
        let fates = Box::pin(once.transact_all(&cx, &deliveries.iter().collect::<Vec<_>>(), effects)).await;
        assert!(fates.iter().all(Result::is_ok));
    }
    let conflicts = paper.lock().unwrap().conflicts;
    println!("{conflicts} conflicts in {BATCHES} transactions");
    assert!(conflicts * 100 < BATCHES, "{conflicts}");
    let cx = Cx::new(clock, "request", TIME);
    let sum = counters.sum(&cx, "sales", "hour", "viral", Consistency::Strong).await.unwrap();
    assert_eq!(sum, 10 * i64::try_from(BATCHES).unwrap());
}
