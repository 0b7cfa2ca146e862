//! The wide event of one request or message.

use serde_json::{Map, Value, json};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// The namespace of the metrics that are made from lines.
const NAMESPACE: &str = "Tuesday";

/// Counts, durations and facts that the layers add, in the order in which they came.
#[derive(Debug, Default)]
pub struct Event(Mutex<Fields>);

#[derive(Debug, Default)]
struct Fields {
    facts: Vec<(&'static str, Value)>,
    counts: Vec<(&'static str, u64)>,
    times: Vec<(&'static str, Duration)>,
    metrics: Vec<&'static str>,
}

impl Event {
    /// States a fact; a later one of the same name replaces it.
    pub fn set(&self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        put(&mut self.fields().facts, name, |old| *old = value.clone(), value.clone());
    }

    /// Adds `n` to a count.
    pub fn count(&self, name: &'static str, n: u64) {
        put(&mut self.fields().counts, name, |old| *old += n, n);
    }

    /// Adds `n` to a count that CloudWatch makes a metric of, by route: for what operators must see
    /// without looking for it.
    pub fn metric(&self, name: &'static str, n: u64) {
        self.count(name, n);
        let mut fields = self.fields();
        if !fields.metrics.contains(&name) {
            fields.metrics.push(name);
        }
    }

    /// Adds to the time spent in a layer; shown to the client as `Server-Timing`.
    pub fn time(&self, layer: &'static str, spent: Duration) {
        put(&mut self.fields().times, layer, |old| *old += spent, spent);
    }

    /// A count so far.
    pub fn counted(&self, name: &str) -> u64 {
        self.fields().counts.iter().find(|(n, _)| *n == name).map_or(0, |(_, v)| *v)
    }

    /// A fact so far.
    pub fn fact(&self, name: &str) -> Option<Value> {
        self.fields().facts.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone())
    }

    /// The `Server-Timing` header (W3C): `valkey;dur=0.4, table;dur=3.1`, in milliseconds.
    pub fn server_timing(&self) -> String {
        let fields = self.fields();
        let parts: Vec<_> = fields.times.iter().map(|(n, d)| format!("{n};dur={:.1}", d.as_secs_f64() * 1e3)).collect();
        parts.join(", ")
    }

    /// The event as one line of JSON; times in milliseconds as `<layer>_ms`.
    pub fn to_line(&self) -> String {
        let fields = self.fields();
        let mut map = Map::new();
        for (name, value) in &fields.facts {
            map.insert((*name).to_owned(), value.clone());
        }
        for (name, value) in &fields.counts {
            map.insert((*name).to_owned(), (*value).into());
        }
        for (name, value) in &fields.times {
            let millis = (value.as_secs_f64() * 1e5).round() / 1e2;
            map.insert(format!("{name}_ms"), millis.into());
        }
        if !fields.metrics.is_empty() {
            map.insert("_aws".to_owned(), embedded(&fields.metrics));
        }
        Value::Object(map).to_string()
    }

    /// Writes the line to standard output, which the platform collects. It is out when this returns: an environment may
    /// be frozen the moment after.
    pub fn emit(&self) {
        println!("{}", self.to_line());
    }

    fn fields(&self) -> MutexGuard<'_, Fields> {
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

    #[test]
    fn counts_add_up_and_facts_replace() {
        let event = Event::default();
        event.count("table_reads", 1);
        event.count("table_reads", 2);
        event.set("status", 200);
        event.set("status", 404);
        event.time("table", Duration::from_micros(1_500));
        assert_eq!(event.counted("table_reads"), 3);
        assert_eq!(event.to_line(), r#"{"status":404,"table_ms":1.5,"table_reads":3}"#);
        assert_eq!(event.server_timing(), "table;dur=1.5");
    }

    #[test]
    fn a_metric_is_a_count_that_cloudwatch_is_told_of() {
        let event = Event::default();
        event.set("route", "users-get");
        event.metric("lost", 1);
        event.metric("lost", 1);
        let line: Value = serde_json::from_str(&event.to_line()).unwrap();
        assert_eq!(line["lost"], 2);
        let about = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(about["Metrics"], json!([{ "Name": "lost", "Unit": "Count" }]));
        assert_eq!(about["Dimensions"], json!([["route"]]), "a dimension is a field of the line");
        assert!(line["_aws"]["Timestamp"].as_u64().is_some_and(|ms| ms > 1_700_000_000_000));
    }
}
