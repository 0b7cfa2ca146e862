//! A rate limit: three requests of a client in a minute are admitted, and the others learn when to
//! come again.
//!
//! With a Valkey server in `Store`, all environments count together.

use shared::{
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    ratelimit::{Caller, Limit, Limits, Store},
};
use std::time::Duration;

const LIMITS: &[Limit] = &[Limit::per_minute(3)];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ConfigError> {
    for line in ask_five_times().await? {
        println!("{line}");
    }
    Ok(())
}

async fn ask_five_times() -> Result<Vec<String>, ConfigError> {
    let limits = Limits::new("greetings", LIMITS, &Vars::from_env(), Store::default())?;
    let (clock, caller) = (Clock::manual(1_800_000_000_000), Caller::signed_in("ada"));
    let mut lines = Vec::new();
    for _ in 0..5 {
        let cx = Cx::new(clock.clone(), "request", Duration::from_secs(10));
        let verdict = limits.take(&cx, &caller, 1).await;
        lines.push(match verdict.retry_after() {
            None => format!("admitted, {}", verdict.rate_limit()),
            Some(wait) => format!("refused for {} s", wait.as_secs()),
        });
    }
    Ok(lines)
}

#[tokio::test]
async fn the_fourth_request_of_a_minute_is_refused() {
    let lines = ask_five_times().await.expect("limits that are right");
    let admitted: Vec<_> = lines.iter().map(|line| line.starts_with("admitted")).collect();
    assert_eq!(admitted, [true, true, true, false, false], "{lines:?}");
}
