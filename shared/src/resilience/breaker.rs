//! A circuit breaker for a dependency that the request can do without.
//!
//! Closed, calls pass. After `threshold` failures in a row it opens: calls are refused at once, so that a dead cache costs
//! a comparison instead of a timeout. When `window` is over one call is let through as a probe; its success closes the
//! breaker, its failure opens it for another window. Time is handed in, so that a test needs no clock and a thaw after hours
//! is an ordinary case: the window is simply over.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// One breaker guards one dependency of one environment.
#[derive(Debug)]
pub struct Breaker {
    threshold: u32,
    window: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
}

impl Breaker {
    /// Opens after `threshold` failures in a row, for `window`.
    pub const fn new(threshold: u32, window: Duration) -> Self {
        Self { threshold, window, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Whether a call may be made now. When a window has just ended, exactly one caller hears yes.
    pub fn admits(&self, now: Instant) -> bool {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => true,
            State::Open { until } if now < until => false,
            State::Open { .. } => {
                // The probe: whoever comes while it is under way is refused.
                *state = State::Open { until: now + self.window };
                true
            }
        }
    }

    /// The call succeeded.
    pub fn succeeded(&self) {
        *self.lock() = State::Closed { failures: 0 };
    }

    /// The call failed, or took too long.
    pub fn failed(&self, now: Instant) {
        let mut state = self.lock();
        *state = match *state {
            State::Closed { failures } if failures + 1 < self.threshold => State::Closed { failures: failures + 1 },
            State::Closed { .. } | State::Open { .. } => State::Open { until: now + self.window },
        };
    }

    /// Whether calls are refused at `now`.
    pub fn is_open(&self, now: Instant) -> bool {
        matches!(*self.lock(), State::Open { until } if now < until)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(1);

    #[test]
    fn it_opens_after_the_threshold_and_lets_one_probe_through_a_window() {
        let breaker = Breaker::new(3, WINDOW);
        let start = Instant::now();
        for _ in 0..3 {
            assert!(breaker.admits(start));
            breaker.failed(start);
        }
        assert!(!breaker.admits(start + WINDOW / 2));
        let later = start + WINDOW;
        assert!(breaker.admits(later), "the probe");
        assert!(!breaker.admits(later), "one probe at a time");
        breaker.failed(later);
        assert!(!breaker.admits(later + WINDOW / 2));
        assert!(breaker.admits(later + WINDOW));
        breaker.succeeded();
        assert!(breaker.admits(later + WINDOW) && breaker.admits(later + WINDOW));
    }

    #[test]
    fn a_success_forgets_the_failures_before_it() {
        let breaker = Breaker::new(2, WINDOW);
        let now = Instant::now();
        breaker.failed(now);
        breaker.succeeded();
        breaker.failed(now);
        assert!(breaker.admits(now));
    }
}
