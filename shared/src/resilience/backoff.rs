//! Exponential backoff with full jitter.
//!
//! Source: Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015). Of the
//! schemes compared there, full jitter causes the least work under contention.

use std::time::Duration;

/// The pauses between tries: each is a random time from zero to `base * 2^n`, at most `cap`.
#[derive(Debug, Clone)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    tries: u32,
}

impl Backoff {
    /// Pauses that start at `base` and never exceed `cap`.
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, tries: 0 }
    }

    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        let ceiling = self.ceiling();
        self.tries = self.tries.saturating_add(1);
        ceiling.mul_f64(random_fraction())
    }

    /// Sleeps for the next pause, but no longer than `limit`.
    pub async fn wait(&mut self, limit: Duration) {
        tokio::time::sleep(self.pause().min(limit)).await;
    }

    /// The longest that the next pause may be.
    pub fn ceiling(&self) -> Duration {
        self.base.saturating_mul(1 << self.tries.min(20)).min(self.cap)
    }
}

/// A number in `[0, 1)`; one half if the system gives no random bytes.
pub(crate) fn random_fraction() -> f64 {
    let bits = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_cap_and_stay_below_their_ceiling() {
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(80));
        for expected in [10, 20, 40, 80, 80] {
            assert_eq!(backoff.ceiling(), Duration::from_millis(expected));
            assert!(backoff.pause() < Duration::from_millis(expected));
        }
    }
}
