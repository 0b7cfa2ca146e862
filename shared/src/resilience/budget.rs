//! A budget of retries, which successful calls refill.
//!
//! A dependency that fails because of too much work must not get more work because of that. So all
//! callers of an environment take their retries from one budget, and successes refill it. While
//! half of all tries fail, each success pays for the retry that it took. When nothing succeeds any
//! more, the budget is soon empty, and a call is one try.
//!
//! Source: "Timeouts, retries, and backoff with jitter" (Amazon Builders' Library), which limits
//! retries by a token bucket.

use std::sync::atomic::{AtomicU32, Ordering};

/// A token bucket without a clock: successes refill it.
#[derive(Debug)]
pub struct RetryBudget {
    most: u32,
    earned: u32,
    tokens: AtomicU32,
}

impl RetryBudget {
    /// A full budget of `most` retries. Each success adds `earned`.
    pub const fn new(most: u32, earned: u32) -> Self {
        Self { most, earned, tokens: AtomicU32::new(most) }
    }

    /// A call succeeded.
    pub fn earn(&self) {
        let add = |tokens: u32| Some(tokens.saturating_add(self.earned).min(self.most));
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok();
    }

    /// Takes one retry; false when there is none left.
    #[must_use]
    pub fn spend(&self) -> bool {
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| tokens.checked_sub(1)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_success_there_is_an_end_to_it() {
        let budget = RetryBudget::new(3, 2);
        assert_eq!((0..5).filter(|_| budget.spend()).count(), 3);
        budget.earn();
        assert_eq!((0..5).filter(|_| budget.spend()).count(), 2);
        for _ in 0..9 {
            budget.earn();
        }
        assert_eq!((0..5).filter(|_| budget.spend()).count(), 3, "successes are not saved up for an outage");
    }
}
