//! What is stored for a key, and what it means to whoever comes next.

use super::{OnceKey, key::is_same_payload};
use crate::{
    table::{Item, Key},
    version::{Version, Versioned},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The attribute of the attempt token.
pub(super) const ATTEMPT: &str = "attempt";

/// One record: `locked` while work runs, `done` after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "pk")]
    key: String,
    version: Version,
    state: State,
    /// Who wrote it last. Whoever holds a lock proves it with this.
    pub(super) attempt: String,
    /// When a lock ends, in milliseconds since the epoch. One without is never taken over.
    locked_until: Option<i64>,
    /// Hash of what was asked.
    payload_hash: String,
    /// What was answered, as JSON.
    result: Option<String>,
    /// When the record stops to count, in seconds since the epoch; the TTL attribute.
    expires_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Locked,
    Done,
}

/// What a record means to somebody who comes with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Over: it may be overwritten, under the condition that it is still this one.
    Over,
    /// Its work is done, and this was the result.
    Done(String),
    /// Somebody works on it until then, in milliseconds since the epoch.
    Held(i64),
    /// Somebody works on it, or died doing so: nobody can know.
    Stuck,
    /// It is about something else.
    Mismatch,
}

impl Record {
    pub(super) fn locked(key: &OnceKey, payload_hash: &str, now_ms: i64, until_ms: i64) -> Self {
        Self {
            key: key.text.clone(),
            version: Version::FIRST,
            state: State::Locked,
            attempt: Uuid::new_v4().to_string(),
            locked_until: Some(until_ms),
            payload_hash: payload_hash.to_owned(),
            result: None,
            expires_at: key.expires_at(now_ms.div_euclid(1000)),
        }
    }

    pub(super) fn done(key: &OnceKey, payload_hash: &str, now_ms: i64, result: String) -> Self {
        Self::locked(key, payload_hash, now_ms, now_ms).into_done(key, now_ms, result)
    }

    /// This record, its work done: same attempt, next version.
    pub(super) fn into_done(mut self, key: &OnceKey, now_ms: i64, result: String) -> Self {
        self.version = self.version.next();
        (self.state, self.locked_until, self.result) = (State::Done, None, Some(result));
        self.expires_at = key.expires_at(now_ms.div_euclid(1000));
        self
    }

    /// This lock, ended now because its work failed.
    pub(super) fn into_released(mut self, now_ms: i64) -> Self {
        self.version = self.version.next();
        self.locked_until = Some(now_ms);
        self
    }

    /// This lock, as the successor of `old`.
    pub(super) fn over(mut self, old: &Self) -> Self {
        self.version = old.version.next();
        self
    }

    pub(super) fn standing(&self, payload_hash: &str, now_ms: i64) -> Standing {
        let expired = self.expires_at <= now_ms.div_euclid(1000);
        match (self.state, self.locked_until) {
            (State::Locked, None) => Standing::Stuck,
            (State::Locked, Some(until)) if expired && until <= now_ms => Standing::Over,
            (State::Done, _) if expired => Standing::Over,
            _ if !is_same_payload(&self.payload_hash, payload_hash) => Standing::Mismatch,
            (State::Locked, Some(until)) if until <= now_ms => Standing::Over,
            (State::Locked, Some(until)) => Standing::Held(until),
            (State::Done, _) => Standing::Done(self.result.clone().unwrap_or_else(|| "null".to_owned())),
        }
    }
}

impl Versioned for Record {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Record {
    type Key = String;

    fn key_of(key: &String) -> Key {
        Key::simple(key)
    }

    fn key(&self) -> Key {
        Key::simple(&self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Delivery;

    const DAY: i64 = 86_400_000;

    fn key() -> OnceKey {
        OnceKey::delivery(&Delivery::first("email", "1", b""))
    }

    #[test]
    fn a_lock_holds_until_its_deadline() {
        let lock = Record::locked(&key(), "h", 1_000, 6_000);
        assert_eq!(lock.standing("h", 5_999), Standing::Held(6_000));
        assert_eq!(lock.standing("h", 6_000), Standing::Over);
        assert_eq!(lock.clone().into_released(2_000).standing("h", 2_000), Standing::Over);
        assert_eq!(lock.standing("other", 6_000), Standing::Mismatch, "also when it is nobody's any more");
    }

    #[test]
    fn a_lock_without_a_deadline_is_never_taken_over() {
        let mut lock = Record::locked(&key(), "h", 1_000, 6_000);
        lock.locked_until = None;
        for now in [0, 6_000, 40 * DAY, 1_000 * DAY] {
            assert_eq!(lock.standing("h", now), Standing::Stuck);
        }
    }

    #[test]
    fn a_result_counts_until_it_expires_by_the_clock_and_not_by_the_sweep() {
        let done = Record::done(&key(), "h", 0, "7".to_owned());
        assert_eq!(done.standing("h", 10 * DAY), Standing::Done("7".to_owned()));
        assert_eq!(done.standing("other", 10 * DAY), Standing::Mismatch);
        assert_eq!(done.standing("other", 40 * DAY), Standing::Over, "TTL has not swept it, and it is over");
    }
}
