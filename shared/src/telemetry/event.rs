//! The wide event of one request or message.

use super::{CountField, FactField, MetricField, SumField, TimeField};
use serde_json::{Map, Value, json};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// The namespace of the metrics that are made from lines.
const NAMESPACE: &str = "Tuesday";

/// Counts, durations and facts that the layers add, in the order in which they came.
#[derive(Debug, Default)]
pub struct Event(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    facts: Vec<(&'static str, Value)>,
    counts: Vec<(&'static str, u64)>,
    sums: Vec<(&'static str, f64)>,
    times: Vec<(&'static str, Duration)>,
    metrics: Vec<&'static str>,
}

impl Event {
    /// States a fact; a later one of the same name replaces it.
    pub fn set(&self, field: FactField, value: impl Into<Value>) {
        let value = value.into();
        put(&mut self.entries().facts, field.field().name, |old| *old = value.clone(), value.clone());
    }

    /// Adds `n` to a count.
    pub fn count(&self, field: CountField, n: u64) {
        put(&mut self.entries().counts, field.field().name, |old| *old += n, n);
    }

    /// Adds `n` to a count that CloudWatch makes a metric of, by route: for what operators must see
    /// without looking for it.
    pub fn metric(&self, field: MetricField, n: u64) {
        let (name, mut entries) = (field.field().name, self.entries());
        put(&mut entries.counts, name, |old| *old += n, n);
        if !entries.metrics.contains(&name) {
            entries.metrics.push(name);
        }
    }

    /// Adds to a sum, which need not be whole.
    pub fn add(&self, field: SumField, amount: f64) {
        put(&mut self.entries().sums, field.field().name, |old| *old += amount, amount);
    }

    /// Adds to the time spent in a layer; shown to the client as `Server-Timing`.
    pub fn time(&self, field: TimeField, spent: Duration) {
        put(&mut self.entries().times, field.field().name, |old| *old += spent, spent);
    }

    /// The `Server-Timing` header (W3C): `valkey;dur=0.4, table;dur=3.1`, in milliseconds.
    pub fn server_timing(&self) -> String {
        let entries = self.entries();
        let parts: Vec<_> =
            entries.times.iter().map(|(n, d)| format!("{n};dur={:.1}", d.as_secs_f64() * 1e3)).collect();
        parts.join(", ")
    }

    /// The event as one line of JSON; times in milliseconds as `<layer>_ms`.
    pub fn to_line(&self) -> String {
        let entries = self.entries();
        let mut map = Map::new();
        for (name, value) in &entries.facts {
            map.insert((*name).to_owned(), value.clone());
        }
        for (name, value) in &entries.counts {
            map.insert((*name).to_owned(), (*value).into());
        }
        for (name, value) in &entries.sums {
            map.insert((*name).to_owned(), (*value).into());
        }
        for (name, value) in &entries.times {
            let millis = (value.as_secs_f64() * 1e5).round() / 1e2;
            map.insert(format!("{name}_ms"), millis.into());
        }
        if !entries.metrics.is_empty() {
            map.insert("_aws".to_owned(), embedded(&entries.metrics));
        }
        Value::Object(map).to_string()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What makes CloudWatch read metrics out of a line ("Embedded metric format specification",
/// CloudWatch User Guide).
fn embedded(names: &[&str]) -> Value {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let metrics: Vec<_> = names.iter().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
    json!({
        "Timestamp": u64::try_from(now.as_millis()).unwrap_or_default(),
        "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["route"]], "Metrics": metrics }],
    })
}

fn put<T>(list: &mut Vec<(&'static str, T)>, name: &'static str, merge: impl FnOnce(&mut T), new: T) {
    match list.iter_mut().find(|(n, _)| *n == name) {
        Some((_, old)) => merge(old),
        None => list.push((name, new)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::fields::{RCU, ROUTE, STATUS, TABLE, TABLE_READS, VIEWER_ADDRESSES_UNREAD};

    #[test]
    fn counts_sums_and_times_add_up_and_facts_replace() {
        let event = Event::default();
        event.count(TABLE_READS, 1);
        event.count(TABLE_READS, 2);
        event.add(RCU, 0.5);
        event.add(RCU, 1.0);
        event.set(STATUS, 200);
        event.set(STATUS, 404);
        event.time(TABLE, Duration::from_micros(1_000));
        event.time(TABLE, Duration::from_micros(500));
        assert_eq!(event.to_line(), r#"{"rcu":1.5,"status":404,"table_ms":1.5,"table_reads":3}"#);
        assert_eq!(event.server_timing(), "table;dur=1.5");
    }

    #[test]
    fn a_metric_is_a_count_that_cloudwatch_is_told_of() {
        let event = Event::default();
        event.set(ROUTE, "users-get");
        event.metric(VIEWER_ADDRESSES_UNREAD, 1);
        event.metric(VIEWER_ADDRESSES_UNREAD, 1);
        let line: Value = serde_json::from_str(&event.to_line()).unwrap();
        let name = "viewer_addresses_unread";
        assert_eq!(line[name], 2);
        let about = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(about["Metrics"], json!([{ "Name": name, "Unit": "Count" }]));
        assert_eq!(about["Dimensions"], json!([["route"]]), "a dimension is a field of the line");
        assert!(line["_aws"]["Timestamp"].as_u64().is_some_and(|ms| ms > 1_700_000_000_000));
    }
}
