//! Scheduled work as a process, under the Runtime API: a run that fails is an error that Lambda sees,
//! so that it invokes the function again, and never the end of the process.

use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};
use tests::lambda_runtime::Function;

const LIMIT: Duration = Duration::from_secs(20);

fn start(variables: &[(&str, &str)]) -> Function {
    let variables = [&[("ENTRANCE", "schedule")], variables].concat();
    Function::start(&PathBuf::from(env!("CARGO_BIN_EXE_unwinds")), &variables)
}

fn event(say: &str) -> Value {
    json!({ "at": "2026-11-28T03:00:00Z", "payload": { "say": say } })
}

#[test]
fn a_run_that_fails_is_an_error_of_its_invocation_and_the_process_lives_on() {
    let mut function = start(&[]);
    for (event, error) in [
        (event("fail"), "the run failed: the order said so"),
        (event("panic"), "the run failed: it panicked: the order said so"),
        (json!({ "Records": [] }), "the run failed: the event is not a schedule's: it has no time"),
        (json!(null), "the run failed: the event is not a schedule's: it has no time"),
    ] {
        let answer = function.invoke(&event, LIMIT).unwrap_or_else(|| panic!("{event} ended the process"));
        assert_eq!(answer["errorMessage"], error, "{event}");
        let answer = function.invoke(&self::event("fine"), LIMIT).expect("the process ended");
        assert_eq!(answer, Value::Null, "a run that is done answers nothing");
    }
    assert!(function.is_alive());
}

#[test]
fn a_run_that_hangs_fails_before_lambda_ends_the_process() {
    let mut function = start(&[("FUNCTION_TIMEOUT", "2")]);
    let answer = function.invoke(&event("sleep"), Duration::from_secs(2)).expect("Lambda would have ended it");
    assert_eq!(answer["errorMessage"], "the run failed: it took too long");
    assert!(function.is_alive());
}
