//! The wall clock, as a value that tests can set.
//!
//! Code compares the expiry of sessions, idempotency records and cache entries with this clock, and
//! does not rely on DynamoDB's TTL. The clock may jump: a frozen environment wakes up hours later.

use jiff::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The current time in milliseconds since the Unix epoch. Clones share one clock.
#[derive(Debug, Clone, Default)]
pub struct Clock(Time);

#[derive(Debug, Clone, Default)]
enum Time {
    #[default]
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The operating system's clock.
    pub fn system() -> Self {
        Self(Time::System)
    }

    /// A clock that shows `millis` until a test advances it.
    pub fn manual(millis: i64) -> Self {
        Self(Time::Manual(Arc::new(AtomicI64::new(millis))))
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Time::System => Timestamp::now().as_millisecond(),
            Time::Manual(millis) => millis.load(Ordering::SeqCst),
        }
    }

    /// Seconds since the Unix epoch, the unit of DynamoDB's TTL attribute.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Now, as a timestamp.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms()).unwrap_or(Timestamp::MAX)
    }

    /// Advances a manual clock.
    ///
    /// # Panics
    /// If this is the system's clock.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Time::System => panic!("the system clock cannot be advanced"),
            Time::Manual(millis) => {
                millis.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_manual_clock_move_together() {
        let clock = Clock::manual(1_500);
        let other = clock.clone();
        clock.advance(Duration::from_millis(700));
        assert_eq!((other.now_ms(), other.now_s()), (2_200, 2));
    }
}
