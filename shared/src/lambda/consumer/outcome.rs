//! The outcome of a message, and what it means for the next delivery.

use crate::{
    queue::Failed,
    resilience::Backoff,
    telemetry::{Event, fields},
};
use jiff::Timestamp;
use std::time::Duration;

/// The pause after the first failure; each later pause is six times as long. Five failures take a
/// quarter of an hour: longer than a throttled minute or a failover takes, and short enough for a
/// person who waits for the dead letter.
const FIRST: Duration = Duration::from_secs(5);
const GROWTH: u32 = 6;
const LONGEST: Duration = Duration::from_hours(1);

/// The outcome of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lambda) enum WorkOutcome {
    Done,
    /// The body cannot be read.
    Poison(String),
    /// The worker says that no retry can succeed.
    Permanent(String),
    Retry(String),
    Busy(Timestamp),
    Panicked(String),
    TimedOut,
    NotStarted,
}

impl From<Failed> for WorkOutcome {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Permanent(why) => Self::Permanent(why),
            Failed::Retry(why) => Self::Retry(why),
            Failed::Busy(until) => Self::Busy(until),
        }
    }
}

impl WorkOutcome {
    pub(super) fn of(result: Result<(), Failed>) -> Self {
        result.map_or_else(Self::from, |()| Self::Done)
    }

    pub(super) fn is_done(&self) -> bool {
        *self == Self::Done
    }

    /// Why the message must be buried if this is its `failure`-th failure; `None` if it must not. A
    /// message is never buried because it is busy or was not started.
    pub(super) fn cause_of_death(&self, failure: u32, attempts: u32) -> Option<String> {
        let last = failure >= attempts;
        match self {
            Self::Done | Self::Busy(_) | Self::NotStarted => None,
            Self::Poison(why) => Some(format!("poison: {why}")),
            Self::Permanent(why) => Some(format!("permanent: {why}")),
            Self::Retry(why) => last.then(|| format!("attempt {failure} failed: {why}")),
            Self::Panicked(why) => last.then(|| format!("attempt {failure} panicked: {why}")),
            Self::TimedOut => last.then(|| format!("attempt {failure} took too long")),
        }
    }

    /// Writes the outcome to the message's log line, without a parser's message: it may quote the
    /// body.
    pub(in crate::lambda) fn describe(&self, event: &Event) {
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
        event.set(fields::OUTCOME, outcome);
        if let Some(why) = why {
            event.set(fields::ERROR, why.as_str());
        }
    }
}

/// How long a message waits after its `failure`-th failure: a random time between half of the
/// nominal pause and all of it, so that messages that failed together do not come back together.
pub(super) fn pause(failure: u32) -> Duration {
    let shortest = shortest_pause(failure);
    shortest + Backoff::new(shortest, shortest).pause()
}

fn shortest_pause(failure: u32) -> Duration {
    FIRST.saturating_mul(GROWTH.saturating_pow(failure.saturating_sub(1).min(8))).min(LONGEST) / 2
}

/// The number of failures, at most, if this delivery fails too; `age` is the time since the first
/// delivery. The queue counts deliveries, including those that only waited. But after each failure
/// comes a pause, so a message cannot have failed more often than pauses fit into `age`.
pub(super) fn failures(deliveries: u32, age: Duration) -> u32 {
    let mut spent = Duration::ZERO;
    let pauses = (1..deliveries).take_while(|&failure| {
        spent += shortest_pause(failure);
        spent <= age
    });
    1 + u32::try_from(pauses.count()).unwrap_or(deliveries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_poison_and_last_attempts_are_buried() {
        let busy = WorkOutcome::Busy(Timestamp::UNIX_EPOCH);
        for attempt in 1..10 {
            assert_eq!(WorkOutcome::Done.cause_of_death(attempt, 5), None);
            assert_eq!(busy.cause_of_death(attempt, 5), None, "to wait is no failure");
            assert_eq!(WorkOutcome::NotStarted.cause_of_death(attempt, 5), None);
            assert!(WorkOutcome::Poison("x".into()).cause_of_death(attempt, 5).is_some());
            assert!(WorkOutcome::Permanent("x".into()).cause_of_death(attempt, 5).is_some());
            for outcome in [WorkOutcome::Retry("x".into()), WorkOutcome::Panicked("x".into()), WorkOutcome::TimedOut] {
                assert_eq!(outcome.cause_of_death(attempt, 5).is_some(), attempt >= 5);
            }
        }
    }

    #[test]
    fn waits_count_as_failures_only_where_failures_would_fit() {
        // A message that fails each time is buried at its fifth delivery, even with the shortest
        // pauses.
        let spans = [0, 3, 18, 108, 648].map(Duration::from_secs);
        for (deliveries, age) in (1..).zip(spans) {
            assert_eq!(failures(deliveries, age), deliveries, "{age:?}");
        }
        // After four waits of a quarter of a minute, the next failure counts as the third at most.
        // It counts as the fifth only after ten minutes.
        assert_eq!(failures(5, Duration::from_mins(1)), 3);
        for deliveries in 5..20 {
            assert!(failures(deliveries, Duration::from_secs(647)) < 5, "{deliveries}");
            assert_eq!(failures(deliveries, Duration::ZERO), 1, "a clock that went back");
        }
        assert_eq!(failures(5, Duration::MAX), 5, "a clock that went forward");
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
