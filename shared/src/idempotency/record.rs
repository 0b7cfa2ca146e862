//! The record that is stored for a key, and what it means to the next caller with that key.

use super::{RecordKey, key::is_same_payload};
use crate::{
    env::IDEMPOTENCY_TABLE,
    table::{Item, Key, TableSpec},
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
    state: RecordState,
    /// The token of the attempt that wrote it last. The holder of a lock proves itself with this.
    pub(super) attempt: String,
    /// When a lock ends, in milliseconds since the epoch. A lock without an end is never taken
    /// over.
    locked_until: Option<i64>,
    /// The hash of the request.
    payload_hash: String,
    /// The result, as JSON.
    result: Option<String>,
    /// When the record expires, in seconds since the epoch; the TTL attribute.
    expires_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RecordState {
    Locked,
    Done,
}

/// What a record means to a caller with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has expired: it may be overwritten, on the condition that it has not changed.
    Over,
    /// The work is done, with this result.
    Done(String),
    /// Another attempt holds the lock until then, in milliseconds since the epoch.
    Held(i64),
    /// An attempt holds a lock without an end, and nobody can know whether it is still working.
    Stuck,
    /// It belongs to another payload.
    Mismatch,
}

impl Record {
    pub(super) fn locked(key: &RecordKey, payload_hash: &str, now_ms: i64, until_ms: i64) -> Self {
        Self {
            key: key.text.clone(),
            version: Version::FIRST,
            state: RecordState::Locked,
            attempt: Uuid::new_v4().to_string(),
            locked_until: Some(until_ms),
            payload_hash: payload_hash.to_owned(),
            result: None,
            expires_at: key.expires_at(now_ms.div_euclid(1000)),
        }
    }

    pub(super) fn done(key: &RecordKey, payload_hash: &str, now_ms: i64, result: String) -> Self {
        Self::locked(key, payload_hash, now_ms, now_ms).into_done(key, now_ms, result)
    }

    /// This record, its work done: same attempt, next version.
    pub(super) fn into_done(mut self, key: &RecordKey, now_ms: i64, result: String) -> Self {
        self.version = self.version.next();
        (self.state, self.locked_until, self.result) = (RecordState::Done, None, Some(result));
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
            (RecordState::Locked, None) => Standing::Stuck,
            (RecordState::Locked, Some(until)) if expired && until <= now_ms => Standing::Over,
            (RecordState::Done, _) if expired => Standing::Over,
            _ if !is_same_payload(&self.payload_hash, payload_hash) => Standing::Mismatch,
            (RecordState::Locked, Some(until)) if until <= now_ms => Standing::Over,
            (RecordState::Locked, Some(until)) => Standing::Held(until),
            (RecordState::Done, _) => Standing::Done(self.result.clone().unwrap_or_else(|| "null".to_owned())),
        }
    }
}

impl Versioned for Record {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Record {
    const TABLE: TableSpec = TableSpec::new(IDEMPOTENCY_TABLE);
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

    fn key() -> RecordKey {
        RecordKey::delivery(&Delivery::first("email", "1", b""))
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
