//! One product is in every order: its counters must not conflict all the time.

use crate::{
    helpers::{Dice, START},
    pipeline::{Pipeline, orders::placed},
};
use serde_json::{Value, json};
use shared::clock::Clock;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{
    fault_injector::{Call, Rule, error},
    sqs::Queues,
};

/// Over how many shards a counter is spread: `CounterShards` in the template.
const SHARDS: &str = "32";
/// How long a transaction holds its items, in microseconds: what DynamoDB takes for one, and then
/// some.
const HELD_US: usize = 10_000;
/// 200 orders a second in batches of ten are a batch every 50 ms, at random moments.
const EVERY_US: usize = 50_000;
const BATCHES: usize = 200;

/// Transactions as they were on paper: when each came, and what it held until when.
#[derive(Default)]
struct Paper {
    now: usize,
    held: HashMap<String, usize>,
    transactions: usize,
    conflicts: usize,
}

impl Paper {
    /// So many microseconds later.
    fn pass(&mut self, time: usize) {
        self.now += time;
    }

    /// Conflicts, and transactions in all.
    fn counted(&self) -> (usize, usize) {
        (self.conflicts, self.transactions)
    }

    /// What becomes of a transaction that holds its counters for `held` microseconds.
    fn judge(&mut self, call: &Call, held: usize) -> Rule {
        self.transactions += 1;
        let items = call.body["TransactItems"].as_array().cloned().unwrap_or_default();
        let key = |item: &Value| Some(format!("{}/{}", item["pk"]["S"].as_str()?, item["sk"]["S"].as_str()?));
        let counters: Vec<_> = items.iter().filter_map(|i| key(&i["Update"]["Key"])).collect();
        if counters.iter().any(|counter| self.held.get(counter).is_some_and(|until| *until > self.now)) {
            self.conflicts += 1;
            self.now += held;
            let mut body = error("TransactionCanceledException");
            let codes = items.iter().map(|i| if i["Update"].is_null() { "None" } else { "TransactionConflict" });
            body["CancellationReasons"] = codes.map(|code| json!({"Code": code})).collect();
            return Rule::Instead(400, body);
        }
        self.held.extend(counters.into_iter().map(|counter| (counter, self.now + held)));
        Rule::Pass
    }
}

/// Conflicts and transactions while one product is in every order, its counters over so many
/// shards.
async fn viral(shards: &str, batches: usize) -> (usize, usize) {
    let paper = Arc::new(Mutex::new(Paper::default()));
    let judge = Arc::clone(&paper);
    let clock = Clock::manual(START);
    let rule = move |call: &Call| match call.operation.as_str() {
        "TransactWriteItems" => judge.lock().unwrap().judge(call, HELD_US),
        _ => Rule::Pass,
    };
    let pipeline = Pipeline::with_shards(&clock, Queues::new(&clock), shards, rule).await;
    let mut dice = Dice(7);
    for batch in 0..batches {
        paper.lock().unwrap().pass(dice.gap(EVERY_US));
        let mut order = |n: usize| {
            let lines = [(0, 1), (1 + dice.roll(100), 1)];
            placed(1_000 + batch * 10 + n, START, &lines[..=usize::from(n == 0)])
        };
        let batch: Vec<_> = (0..10).map(&mut order).collect();
        pipeline.relay(&batch).await;
        pipeline.drain("analytics").await;
    }
    // What a busy machine had no time for waits for another try, as it would in the shop.
    for _ in 0..20 {
        clock.advance(Duration::from_mins(1));
        pipeline.drain("analytics").await;
    }
    assert_eq!(pipeline.queues.messages("analytics"), vec![]);
    let sold = i64::try_from(10 * batches).unwrap();
    assert_eq!(pipeline.sold(0, START).await, sold, "pieces of the viral product, which is in every order");
    paper.lock().unwrap().counted()
}

#[tokio::test]
async fn one_viral_product_at_200_orders_a_second_meets_conflicts_in_less_than_one_transaction_of_a_hundred() {
    let (conflicts, transactions) = viral(SHARDS, BATCHES).await;
    println!("{SHARDS} shards: {conflicts} conflicts in {transactions} transactions of {BATCHES} batches");
    assert!(transactions >= 3 * BATCHES);
    assert!(conflicts * 100 < transactions, "{conflicts} of {transactions}");
    let (conflicts, transactions) = viral("1", 40).await;
    println!("1 shard: {conflicts} conflicts in {transactions} transactions");
    assert!(conflicts * 100 > transactions, "what is measured here is seen: {conflicts} of {transactions}");
}
