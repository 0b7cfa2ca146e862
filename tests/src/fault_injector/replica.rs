//! Eventual reads, which may be answered by a replica that is behind.

use super::{Call, Rule};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A replica that is behind: eventual reads of a table are answered with what was written to it a
/// while ago.
#[derive(Debug)]
pub struct Replica {
    table: String,
    behind: Duration,
    history: Arc<Mutex<HashMap<String, Writes>>>,
}

/// What was written under one key, and when.
type Writes = Vec<(Instant, Value)>;

impl Replica {
    /// A replica of `table` that lags by `behind`.
    pub fn new(table: impl Into<String>, behind: Duration) -> Self {
        Self { table: table.into(), behind, history: Arc::default() }
    }

    /// The rule for a client that may be answered by this replica.
    pub fn rule(&self, call: &Call) -> Rule {
        if call.operation == "PutItem" && call.body["TableName"] == self.table.as_str() {
            let (history, item) = (Arc::clone(&self.history), call.body["Item"].clone());
            return Rule::Then(Box::new(move || {
                let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
                history.entry(key(&item)).or_default().push((Instant::now(), item));
            }));
        }
        if !call.is_eventual(&self.table) {
            return Rule::Pass;
        }
        if call.operation == "GetItem" {
            let item = self.then(&call.body["Key"]);
            return Rule::Instead(200, item.map_or_else(|| json!({}), |item| json!({"Item": item})));
        }
        let keys = call.body["RequestItems"][&self.table]["Keys"].as_array().cloned().unwrap_or_default();
        let items: Vec<_> = keys.iter().filter_map(|key| self.then(key)).collect();
        Rule::Instead(200, json!({"Responses": {&self.table: items}, "UnprocessedKeys": {}}))
    }

    fn then(&self, of: &Value) -> Option<Value> {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let old = history.get(&key(of))?.iter().rev().find(|(at, _)| at.elapsed() >= self.behind);
        old.map(|(_, item)| item.clone())
    }
}

fn key(item: &Value) -> String {
    format!("{}/{}", item["pk"]["S"], item["sk"]["S"])
}
