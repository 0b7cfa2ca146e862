//! How a message went, and what that means for its next delivery.

use crate::{queue::Failed, resilience::Backoff, telemetry::Event};
use jiff::Timestamp;
use std::time::Duration;

/// The pause after the first failed attempt; each later one is six times as long. Five attempts span a quarter of an
/// hour: longer than a throttled minute or a failover, shorter than anybody's patience with poison.
const FIRST: Duration = Duration::from_secs(5);
const GROWTH: u32 = 6;
const LONGEST: Duration = Duration::from_hours(1);

/// How a message went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// Its body cannot be read.
    Poison(String),
    /// The worker said that it never will be done.
    Permanent(String),
    Retry(String),
    Busy(Timestamp),
    Panicked(String),
    TimedOut,
    NotStarted,
}

impl From<Failed> for Outcome {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Permanent(why) => Self::Permanent(why),
            Failed::Retry(why) => Self::Retry(why),
            Failed::Busy(until) => Self::Busy(until),
        }
    }
}

impl Outcome {
    pub(super) fn of(result: Result<(), Failed>) -> Self {
        result.map_or_else(Self::from, |()| Self::Done)
    }

    pub(super) fn is_done(&self) -> bool {
        *self == Self::Done
    }

    /// Why the message is to be buried after this attempt; `None` when it lives. To be busy, or not started, is never
    /// its death.
    pub(super) fn cause_of_death(&self, attempt: u32, attempts: u32) -> Option<String> {
        let last = attempt >= attempts;
        match self {
            Self::Done | Self::Busy(_) | Self::NotStarted => None,
            Self::Poison(why) => Some(format!("poison: {why}")),
            Self::Permanent(why) => Some(format!("permanent: {why}")),
            Self::Retry(why) => last.then(|| format!("attempt {attempt} failed: {why}")),
            Self::Panicked(why) => last.then(|| format!("attempt {attempt} panicked: {why}")),
            Self::TimedOut => last.then(|| format!("attempt {attempt} took too long")),
        }
    }

    /// The facts for the message's line. A parser's words may quote the body, and stay out of it.
    pub(super) fn describe(&self, event: &Event) {
        let (outcome, why) = match self {
            Self::Done => ("done", None),
            Self::Poison(_) => ("poison", None),
            Self::Permanent(why) => ("permanent", Some(why)),
            Self::Retry(why) => ("retry", Some(why)),
            Self::Busy(_) => ("busy", None),
            Self::Panicked(why) => ("panicked", Some(why)),
            Self::TimedOut => ("timed_out", None),
            Self::NotStarted => ("not_started", None),
        };
        event.set("outcome", outcome);
        if let Some(why) = why {
            event.set("error", why.as_str());
        }
    }
}

/// How long a message waits after its `attempt`-th failure: between half of the nominal pause and all of it, so that
/// what failed together does not come back together.
pub(super) fn pause(attempt: u32) -> Duration {
    let nominal = FIRST.saturating_mul(GROWTH.saturating_pow(attempt.saturating_sub(1).min(8))).min(LONGEST);
    nominal / 2 + Backoff::new(nominal / 2, nominal / 2).pause()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_poison_and_last_attempts_are_buried() {
        let busy = Outcome::Busy(Timestamp::UNIX_EPOCH);
        for attempt in 1..10 {
            assert_eq!(Outcome::Done.cause_of_death(attempt, 5), None);
            assert_eq!(busy.cause_of_death(attempt, 5), None, "to wait is no failure");
            assert_eq!(Outcome::NotStarted.cause_of_death(attempt, 5), None);
            assert!(Outcome::Poison("x".into()).cause_of_death(attempt, 5).is_some());
            assert!(Outcome::Permanent("x".into()).cause_of_death(attempt, 5).is_some());
            for outcome in [Outcome::Retry("x".into()), Outcome::Panicked("x".into()), Outcome::TimedOut] {
                assert_eq!(outcome.cause_of_death(attempt, 5).is_some(), attempt >= 5);
            }
        }
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        for (attempt, nominal) in [(1, 5), (2, 30), (3, 180), (4, 1080), (5, 3600), (60, 3600)] {
            let nominal = Duration::from_secs(nominal);
            for _ in 0..20 {
                let pause = pause(attempt);
                assert!(nominal / 2 <= pause && pause <= nominal, "attempt {attempt}: {pause:?}");
            }
        }
    }
}
