//! Sums that many write at once.
//!
//! One item takes 1,000 writes a second. So a counter is N numbers in N items: an addition goes to
//! a random one, and a reader adds them up ("Using write sharding", AWS documentation,
//! `bp-partition-key-sharding.html`). A consumer adds up its whole batch first ([`Adds`]).

use super::{Client, Consistency, Key, Shards, TableError, TableSpec, Write, batch::unbuilt, meter::Timer};
use crate::{context::Cx, env};
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use std::collections::BTreeMap;

/// The attribute that holds a part of the sum.
const SUM: &str = "n";
const ADD: &str = "ADD #n :by";

/// What is counted, when, and of whom: `views`, `2026-11-24`, `product#42`.
type CounterName = (String, String, String);

/// A table of counters: partition key `<metric>#<period>#<shard>`, sort key the subject.
#[derive(Debug, Clone)]
pub struct Counters {
    client: Client,
    name: String,
    shards: Shards,
}

impl Counters {
    /// The table of counters. A product's items may lie in it too.
    pub const TABLE: TableSpec = TableSpec::new(env::COUNTERS_TABLE).sharded_by(env::COUNTER_SHARDS);

    /// The counters in the table `name`, each spread over `shards`.
    pub fn new(client: &Client, name: impl Into<String>, shards: Shards) -> Self {
        Self { client: client.clone(), name: name.into(), shards }
    }

    /// The additions as writes of a transaction. Together with an idempotency record they count
    /// exactly once.
    ///
    /// All of them go to one random shard. So two transactions that change the same hundred
    /// counters conflict as rarely as two that change the same one.
    pub fn adding(&self, adds: &Adds) -> Vec<Write> {
        let shard = self.shards.draw();
        let all = adds.0.iter().filter(|(_, by)| **by != 0);
        all.map(|((metric, period, subject), by)| {
            let key = Key::sorted(Shards::place(&group(metric, period), shard), subject);
            let update = Update::builder()
                .table_name(&self.name)
                .set_key(Some(key.attributes()))
                .update_expression(ADD)
                .expression_attribute_names("#n", SUM)
                .expression_attribute_values(":by", AttributeValue::N(by.to_string()))
                .build();
            let write = update.map(|u| TransactWriteItem::builder().update(u).build()).map_err(unbuilt);
            Write { table: self.name.clone(), request: write, seen: None }
        })
        .collect()
    }

    /// A counter's value: one batch read, a key a shard.
    pub async fn sum(
        &self,
        cx: &Cx,
        metric: &str,
        period: &str,
        subject: &str,
        how: Consistency,
    ) -> Result<i64, TableError> {
        let sums = self.sums(cx, &[(metric, period, subject)], how).await?;
        Ok(sums.into_iter().sum())
    }

    /// The values of many counters (metric, period, subject), in their order, in as few calls as
    /// they take.
    pub async fn sums(&self, cx: &Cx, names: &[(&str, &str, &str)], how: Consistency) -> Result<Vec<i64>, TableError> {
        let _timer = Timer::start(cx);
        let keys: Vec<Vec<Key>> = names
            .iter()
            .map(|(metric, period, subject)| {
                self.shards.keys(&group(metric, period)).map(|pk| Key::sorted(pk, *subject)).collect()
            })
            .collect();
        let found = self.client.read_keys(cx, &self.name, keys.iter().flatten().cloned(), how).await?;
        let part = |key| found.get(key).map_or(Some(0), |part| part.get(SUM)?.as_n().ok()?.parse::<i64>().ok());
        let sums = keys.iter().map(|keys| keys.iter().map(part).sum::<Option<i64>>());
        sums.collect::<Option<_>>()
            .ok_or_else(|| TableError::Corrupt(format!("a counter in {} is no number", self.name)))
    }
}

fn group(metric: &str, period: &str) -> String {
    format!("{metric}#{period}")
}

/// Additions, summed up before they are written: a batch of a hundred views of one product is one
/// write.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Adds(BTreeMap<CounterName, i64>);

impl Adds {
    /// Adds `by`.
    pub fn add(&mut self, metric: &str, period: &str, subject: &str, by: i64) {
        *self.0.entry((metric.to_owned(), period.to_owned(), subject.to_owned())).or_default() += by;
    }

    /// How many counters change.
    pub fn len(&self) -> usize {
        self.0.values().filter(|by| **by != 0).count()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
