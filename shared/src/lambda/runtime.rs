//! The life of a function: it starts once, then it handles one event after another.
//!
//! The runtime hands over each event as unparsed JSON, so that our code answers and logs an event
//! that it cannot parse.

use crate::{
    config::{ConfigError, Vars},
    env::FUNCTION_TIMEOUT,
    telemetry,
};
use lambda_runtime::{Context, Error};
use serde_json::value::RawValue;
use std::{
    any::Any,
    future::Future,
    process::ExitCode,
    time::{Duration, SystemTime},
};

/// An event as unparsed JSON.
pub(super) type Raw = Box<RawValue>;

/// Runs a function until the platform ends it. If it cannot start, it logs why.
pub(super) fn run(name: &str, function: impl Future<Output = Result<(), Error>>) -> ExitCode {
    telemetry::init();
    let outcome = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(function),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function = name, %error, "init failed");
            ExitCode::FAILURE
        }
    }
}

/// How long the platform lets the function work on one event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeout(Duration);

impl Timeout {
    pub(super) fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        match vars.parsed::<u64>(FUNCTION_TIMEOUT)? {
            0 => Err(ConfigError::new(FUNCTION_TIMEOUT, "must be above 0")),
            seconds => Ok(Self(Duration::from_secs(seconds))),
        }
    }

    /// The time that an invocation has left which has just begun.
    pub(super) fn left(self, context: &Context) -> Duration {
        self.until(context.deadline, SystemTime::now())
    }

    /// The deadline is by the platform's clock, and our clock may differ. An invocation that has
    /// just begun has nearly all of its timeout left. So if the result is more than the timeout or
    /// less than half of it, the clocks differ, and the result is clamped.
    fn until(self, deadline_ms: u64, now: SystemTime) -> Duration {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Duration::from_millis(deadline_ms).saturating_sub(now).clamp(self.0 / 2, self.0)
    }
}

/// The message of a panic.
pub(super) fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clock_takes_a_requests_time_away_or_gives_it_more() {
        let timeout = Timeout(Duration::from_secs(10));
        let left = |seconds: i64| {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
            timeout.until((1_000_000_i64 + seconds).unsigned_abs() * 1_000, now).as_secs()
        };
        assert_eq!((left(10), left(9), left(6)), (10, 9, 6), "clocks that agree");
        for ahead in [4, 0, -1, -300, -1_000_000] {
            assert_eq!(left(ahead), 5, "a clock that is ahead");
        }
        for behind in [11, 310, 1_000_000] {
            assert_eq!(left(behind), 10, "a clock that is behind");
        }
        assert_eq!(timeout.until(u64::MAX, SystemTime::UNIX_EPOCH), timeout.0);
        assert_eq!(timeout.until(0, SystemTime::UNIX_EPOCH - Duration::from_secs(1)), timeout.0 / 2);
    }

    #[test]
    fn a_timeout_that_is_none_is_an_error_at_init() {
        let of = |text: &str| Timeout::from_vars(&Vars::from_pairs([(FUNCTION_TIMEOUT.name, text)]));
        assert_eq!(of("10").unwrap().0, Duration::from_secs(10));
        assert_eq!(of("").unwrap().0, Duration::from_secs(30));
        for text in ["0", "-1", "ten", "1.5"] {
            assert_eq!(of(text).unwrap_err().variable, FUNCTION_TIMEOUT.name, "{text}");
        }
    }
}
