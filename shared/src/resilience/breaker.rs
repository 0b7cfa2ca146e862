//! A circuit breaker: calls to a dependency that does not answer cost one comparison.
//!
//! While it is closed, calls pass. After `threshold` failures in a row it opens and refuses calls
//! at once. When its window is over, it admits one call, the probe. If the probe succeeds, the
//! breaker closes; if it fails, the breaker opens for a window twice as long, up to `longest`. Each
//! window is shortened at random by up to a half, so that the environments of a fleet do not probe
//! together.
//!
//! The caller decides what counts as a failure, and how much: a dependency that refuses one request
//! is healthy. The caller also supplies the time, so a test needs no clock. After a freeze of hours
//! the window is simply over.

use super::random_fraction;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A breaker for one dependency of one environment.
#[derive(Debug)]
pub struct Breaker {
    threshold: u32,
    first: Duration,
    longest: Duration,
    state: Mutex<BreakerState>,
}

/// The permission for one call. The caller returns it with the call's outcome. A call that was
/// abandoned returns nothing.
#[derive(Debug, Clone, Copy)]
#[must_use = "the breaker learns nothing from a call without an outcome"]
pub struct Pass {
    probe: bool,
}

impl Pass {
    /// Whether this call is the one that tests if the dependency is back.
    pub fn is_probe(&self) -> bool {
        self.probe
    }
}

#[derive(Debug, Clone, Copy)]
enum BreakerState {
    Closed { failures: u32 },
    Open { until: Instant, window: Duration },
}

impl Breaker {
    /// A breaker that opens after `threshold` failures in a row: for `first`, then for twice as
    /// long after each probe that fails, and never for more than `longest`.
    pub const fn new(threshold: u32, first: Duration, longest: Duration) -> Self {
        Self { threshold, first, longest, state: Mutex::new(BreakerState::Closed { failures: 0 }) }
    }

    /// The permission for a call at `now`, or none. When a window has just ended, exactly one
    /// caller gets one. If the outcome of that call never comes back, the next probe comes after a
    /// window twice as long.
    pub fn admit(&self, now: Instant) -> Option<Pass> {
        let mut state = self.lock();
        match *state {
            BreakerState::Closed { .. } => Some(Pass { probe: false }),
            BreakerState::Open { until, .. } if now < until => None,
            BreakerState::Open { window, .. } => {
                // Until the probe is answered it counts as failed, so the next probes come at
                // growing intervals.
                *state = open(now, (window * 2).min(self.longest));
                Some(Pass { probe: true })
            }
        }
    }

    /// The permission for a call that must be tried, whatever the state is.
    pub const fn insist(&self) -> Pass {
        Pass { probe: false }
    }

    /// The call was answered, so the dependency is back, whichever call this was.
    pub fn succeeded(&self, _: Pass) {
        *self.lock() = BreakerState::Closed { failures: 0 };
    }

    /// The call was not answered. A call that was already under way when the breaker opened changes
    /// nothing.
    pub fn failed(&self, pass: Pass, now: Instant) {
        self.failed_by(pass, now, 1);
    }

    /// The call was not answered, which counts as `weight` failures.
    pub fn failed_by(&self, pass: Pass, now: Instant, weight: u32) {
        let mut state = self.lock();
        match *state {
            BreakerState::Closed { failures } if failures.saturating_add(weight) < self.threshold => {
                *state = BreakerState::Closed { failures: failures + weight };
            }
            BreakerState::Closed { .. } => *state = open(now, self.first.min(self.longest)),
            BreakerState::Open { until, window } if pass.probe => {
                *state = BreakerState::Open { until: until.max(now + jittered(window)), window };
            }
            BreakerState::Open { .. } => {}
        }
    }

    /// For how long calls are refused from `now` on; `None` when they pass.
    pub fn opens_in(&self, now: Instant) -> Option<Duration> {
        match *self.lock() {
            BreakerState::Open { until, .. } if now < until => Some(until - now),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BreakerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(now: Instant, window: Duration) -> BreakerState {
    BreakerState::Open { until: now + jittered(window), window }
}

/// Between a half of the window and all of it.
fn jittered(window: Duration) -> Duration {
    window.mul_f64(1.0 - random_fraction() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(2);

    fn opened(at: Instant) -> Breaker {
        let breaker = Breaker::new(3, FIRST, LONGEST);
        for _ in 0..3 {
            let pass = breaker.admit(at).unwrap();
            breaker.failed(pass, at);
        }
        breaker
    }

    #[test]
    fn it_opens_after_the_threshold_and_lets_one_probe_through_a_window() {
        let start = Instant::now();
        let breaker = opened(start);
        assert!(breaker.admit(start + FIRST / 3).is_none());
        let later = start + FIRST;
        let probe = breaker.admit(later).expect("the probe");
        assert!(probe.is_probe());
        assert!(breaker.admit(later).is_none(), "one probe at a time");
        breaker.succeeded(probe);
        assert!(breaker.admit(later).is_some_and(|pass| !pass.is_probe()) && breaker.admit(later).is_some());
    }

    #[test]
    fn windows_grow_with_each_probe_that_fails_and_never_beyond_the_longest() {
        let mut now = Instant::now();
        let breaker = opened(now);
        for window in [FIRST, FIRST * 2, LONGEST, LONGEST, LONGEST] {
            let left = breaker.opens_in(now).expect("open");
            assert!(left <= window && left * 2 >= window, "{left:?} of {window:?}");
            now += left;
            let probe = breaker.admit(now).expect("the probe");
            breaker.failed(probe, now);
        }
    }

    #[test]
    fn a_probe_that_was_given_up_on_blocks_the_next_for_a_window_only() {
        let start = Instant::now();
        let breaker = opened(start);
        assert!(breaker.admit(start + FIRST).is_some(), "the probe, which is given up on");
        assert!(breaker.admit(start + FIRST).is_none());
        assert!(breaker.admit(start + FIRST * 3).is_some());
    }

    #[test]
    fn a_probe_that_fails_late_does_not_bring_the_next_one_forward() {
        let start = Instant::now();
        let breaker = opened(start);
        let (first, second) = (breaker.admit(start + FIRST).unwrap(), breaker.admit(start + FIRST * 3).unwrap());
        let left = breaker.opens_in(start + FIRST * 3).unwrap();
        breaker.failed(first, start + FIRST);
        assert!(breaker.opens_in(start + FIRST * 3).is_some_and(|then| then >= left));
        breaker.succeeded(second);
        assert!(breaker.opens_in(start + FIRST * 3).is_none());
    }

    #[test]
    fn calls_that_were_under_way_when_it_opened_do_not_lengthen_its_window() {
        let start = Instant::now();
        let breaker = Breaker::new(1, FIRST, LONGEST);
        let (first, late) = (breaker.admit(start).unwrap(), breaker.admit(start).unwrap());
        breaker.failed(first, start);
        breaker.failed(late, start + FIRST / 3);
        assert!(breaker.admit(start + FIRST).is_some());
    }

    #[test]
    fn a_heavy_failure_counts_as_several() {
        let (breaker, now) = (Breaker::new(10, FIRST, LONGEST), Instant::now());
        for (weight, opens) in [(5, false), (4, false), (1, true)] {
            let pass = breaker.admit(now).unwrap();
            breaker.failed_by(pass, now, weight);
            assert_eq!(breaker.opens_in(now).is_some(), opens, "{weight}");
        }
    }

    #[test]
    fn a_call_that_insists_closes_it_and_does_not_lengthen_its_window() {
        let start = Instant::now();
        let breaker = opened(start);
        let left = breaker.opens_in(start);
        breaker.failed(breaker.insist(), start);
        assert_eq!(breaker.opens_in(start), left);
        breaker.succeeded(breaker.insist());
        assert_eq!(breaker.opens_in(start), None);
    }

    #[test]
    fn a_success_forgets_the_failures_before_it() {
        let breaker = Breaker::new(2, FIRST, LONGEST);
        let now = Instant::now();
        for _ in 0..3 {
            let (bad, good) = (breaker.admit(now).unwrap(), breaker.admit(now).unwrap());
            breaker.failed(bad, now);
            breaker.succeeded(good);
        }
        assert!(breaker.admit(now).is_some());
    }
}
