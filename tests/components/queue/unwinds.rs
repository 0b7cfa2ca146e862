//! A worker runs as a process, and one message fails alone there too. `UNWINDS` names the binary of
//! another profile. `make test-jobs` builds it as a release, where a panic that aborts would end
//! the whole batch.

use crate::helpers::failures;
use serde_json::{Value, json};
use std::{env, path::PathBuf, time::Duration};
use tests::lambda_runtime::Function;

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
fn no_event_ends_a_process_and_an_odd_record_is_its_own_failure() {
    let mut function = Function::start(&PathBuf::from(env!("CARGO_BIN_EXE_unwinds")), &[]);
    let limit = Duration::from_secs(20);
    // What a queue never sends: the invocation fails, and the next one is answered.
    for event in [json!(null), json!(7), json!([]), json!({}), json!({"Records": 7}), json!({"Records": {"a": 1}})] {
        let answer = function.invoke(&event, limit).unwrap_or_else(|| panic!("{event} ended the process"));
        assert_eq!(answer["errorMessage"], "the event has no list of records", "{event}");
    }
    let (mut body, mut attributes, mut more) = (message("fine", 1), message("fine", 2), message("fine", 3));
    (body["body"], attributes["attributes"], more["messageAttributes"]) = (json!({"id": 7}), json!(7), json!([[]]));
    let records = [message("fine", 0), body, attributes, more, message("fine", 4)];
    let answer = function.invoke(&json!({"Records": records}), limit).expect("the process ended");
    assert_eq!(failures(&answer), ["1"], "a message whose body is no text");
    assert!(function.is_alive());
}

#[test]
fn a_process_with_a_wrong_clock_works_all_the_same() {
    for off in [-300_i64, 300] {
        let mut function =
            Function::start(&PathBuf::from(env!("CARGO_BIN_EXE_unwinds")), &[("FUNCTION_TIMEOUT", "10")]);
        let event = json!({"Records": [message("fine", 0), message("sleep", 1)]});
        let answer = function.invoke_as_of(&event, Duration::from_secs(20), off).expect("the process ended");
        assert_eq!(failures(&answer), ["1"], "a clock that is {off} s behind the platform's");
    }
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
