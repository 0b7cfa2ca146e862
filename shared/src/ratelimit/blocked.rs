//! Which clients are refused, and until when. So abuse costs a lookup and no round trip.
//!
//! Until then the limit would refuse every request, because its counts do not end earlier. Only a
//! flush of L2 could end them.

use quick_cache::unsync::Cache;
use std::sync::{Mutex, PoisonError};

/// How many keys are remembered; each takes about 150 bytes.
const KEYS: usize = 8_192;

#[derive(Clone, Copy)]
struct Block {
    since: i64,
    until: i64,
    cost: u16,
}

pub(super) struct Blocked(Mutex<Cache<Box<str>, Block>>);

impl Blocked {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Cache::new(KEYS)))
    }

    /// A request of `cost` was refused for `wait` milliseconds.
    pub(super) fn note(&self, key: &str, cost: u16, wait: i64, now: i64) {
        let block = Block { since: now, until: now.saturating_add(wait), cost };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.into(), block);
    }

    /// How long a request of `cost` would be refused, as far as is known. One that costs less may
    /// be admitted.
    pub(super) fn wait(&self, key: &str, cost: u16, now: i64) -> Option<i64> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // If the clock was set back, the block ends; it does not get longer.
        map.get(key).filter(|b| cost >= b.cost && (b.since..b.until).contains(&now)).map(|b| b.until - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_lasts_as_long_as_was_said_and_for_what_costs_as_much() {
        let blocked = Blocked::new();
        blocked.note("a", 2, 500, 1_000);
        assert_eq!(blocked.wait("a", 2, 1_400), Some(100));
        assert_eq!(blocked.wait("a", 3, 1_000), Some(500));
        for (key, cost, now) in [("a", 1, 1_000), ("a", 2, 1_500), ("a", 2, 999), ("b", 2, 1_000)] {
            assert_eq!(blocked.wait(key, cost, now), None, "{key} {cost} {now}");
        }
    }

    #[test]
    fn it_is_bounded() {
        let blocked = Blocked::new();
        for n in 0..100_000 {
            blocked.note(&n.to_string(), 1, 1_000, 0);
        }
        assert!(blocked.0.lock().unwrap().len() <= KEYS);
    }
}
