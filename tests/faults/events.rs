//! What must have happened at least once, by what the functions wrote of themselves: a run in which
//! a protection was never needed has shown nothing of it.

use crate::{seen::History, stage::Stage};
use serde_json::{Value, json};

/// Counts of the wide events, and what each of them shows.
const SOMETIMES: &[(&str, &str)] = &[
    ("valkey_refused", "the cache's breaker was open"),
    ("table_refused", "the table's breaker was open"),
    ("limits_table", "a limit that guards a password was counted in the table"),
    ("limits_local", "a limit was counted without the cache"),
];

/// What never happened.
pub(crate) async fn never(stage: &Stage, history: &History) -> Vec<String> {
    let mut missing = Vec::new();
    let seen = history.seen();
    if !seen.iter().any(|each| each.reply.header("idempotency-replayed") == "true") {
        missing.push("no key was ever replayed".to_owned());
    }
    if !seen.iter().any(crate::seen::Seen::is_stale) {
        missing.push("nothing was ever served because the table failed".to_owned());
    }
    let events = wide_events(stage).await;
    for (name, what) in SOMETIMES {
        let sum: u64 = events.iter().filter_map(|event| event.get(*name)).map(|n| n.as_u64().unwrap_or(1).max(1)).sum();
        eprintln!("{name}: {sum}");
        if sum == 0 {
            missing.push(format!("never: {what} ({name} in no wide event)"));
        }
    }
    missing
}

/// The wide events of all functions.
async fn wide_events(stage: &Stage) -> Vec<Value> {
    let groups = logs(stage, "DescribeLogGroups", &json!({ "limit": 50 })).await;
    let mut events = Vec::new();
    for group in groups["logGroups"].as_array().into_iter().flatten() {
        let mut request = json!({ "logGroupName": group["logGroupName"], "filterPattern": "" });
        loop {
            let page = logs(stage, "FilterLogEvents", &request).await;
            let lines = page["events"].as_array().into_iter().flatten().filter_map(|event| event["message"].as_str());
            events.extend(lines.filter_map(|line| serde_json::from_str::<Value>(line.trim()).ok()));
            match &page["nextToken"] {
                Value::Null => break,
                next => request["nextToken"] = next.clone(),
            }
        }
    }
    events
}

async fn logs(stage: &Stage, operation: &str, body: &Value) -> Value {
    let scope = "Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=none";
    let request = stage.http.post(stage.cloud.endpoint.as_deref().unwrap());
    let request = request.header("x-amz-target", format!("Logs_20140328.{operation}"));
    let request = request.header("authorization", format!("AWS4-HMAC-SHA256 {scope}"));
    let answer = request.header("content-type", "application/x-amz-json-1.1").body(body.to_string());
    let answer = answer.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{operation}: {answer}"))
}
