//! A worker as a process: one message fails alone there too. `UNWINDS` names the binary of another profile; `make test-jobs`
//! builds it as what is deployed is built, where a panic that aborts would take the batch along.

use super::failures;
use serde_json::{Value, json};
use std::{env, path::PathBuf, time::Duration};
use tests::runtime::Function;

fn message(say: &str, n: usize) -> Value {
    let body = json!({
        "id": format!("order#{n}@1:order"), "kind": "order", "schema": 1, "occurred_at": "2026-11-24T00:00:00Z",
        "body": {"say": say},
    });
    let body = if say == "poison" { "{".to_owned() } else { body.to_string() };
    json!({
        "messageId": n.to_string(), "receiptHandle": n.to_string(), "body": body, "eventSource": "aws:sqs",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1"},
    })
}

#[test]
fn of_ten_with_a_poison_a_panic_and_a_sleeper_a_process_does_seven_and_lives_on() {
    let program = env::var("UNWINDS").unwrap_or_else(|_| env!("CARGO_BIN_EXE_unwinds").to_owned());
    println!("{program}");
    let mut function = Function::start(&PathBuf::from(program), &[]);
    let says = ["fine", "poison", "fine", "panic", "fine", "fine", "sleep", "fine", "fine", "fine"];
    let records: Vec<_> = says.iter().enumerate().map(|(n, say)| message(say, n)).collect();
    for _ in 0..3 {
        let answer = function.invoke(&json!({"Records": records}), Duration::from_secs(20));
        let mut failed = failures(&answer.expect("the process died, or did not answer"));
        failed.sort();
        assert_eq!(failed, ["1", "3", "6"]);
    }
    assert!(function.is_alive());
}
