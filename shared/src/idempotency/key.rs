//! The keys of idempotency records, and how long a record is kept.

use crate::{queue::Delivery, sign::sha256_hex};
use serde::Serialize;
use std::time::Duration;

/// The longest idempotency key that a client may send, in characters.
pub const KEY_MAX: usize = 255;

/// A client's key is kept for a day: no client retries for longer.
const REQUESTS: Duration = Duration::from_hours(24);
/// A consumer's key is kept for 40 days, because an event can come back that late: an operator may
/// replay it after fifteen days, it waits on a queue for four, in the dead-letter queue for
/// fourteen, and, once it was sent back, on the queue for four more.
pub const CONSUMERS: Duration = Duration::from_hours(40 * 24);

/// A record's key, scoped so that no two callers, routes or consumers meet in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKey {
    pub(super) text: String,
    pub(super) keep: Duration,
}

/// An idempotency key that no client should send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to {KEY_MAX} characters, none of them a control character")]
pub struct BadKey;

impl RecordKey {
    /// A client's key for one of its requests: `<caller>#<route>#<key>`, kept for 24 hours.
    /// `caller` and `route` must not contain `#`.
    pub fn request(caller: &str, route: &str, key: &str) -> Result<Self, BadKey> {
        let length = key.chars().count();
        if length == 0 || length > KEY_MAX || key.chars().any(char::is_control) {
            return Err(BadKey);
        }
        Ok(Self { text: format!("{caller}#{route}#{key}"), keep: REQUESTS })
    }

    /// A consumer's key for a message: `<consumer>#<id>`, kept for 40 days.
    pub fn delivery(delivery: &Delivery) -> Self {
        Self { text: delivery.record_key(), keep: CONSUMERS }
    }

    pub(super) fn expires_at(&self, now_s: i64) -> i64 {
        now_s.saturating_add(i64::try_from(self.keep.as_secs()).unwrap_or(i64::MAX))
    }
}

/// SHA-256 of a request as JSON, which must be the same when its key is repeated. It is made from
/// the parsed body, so white space and the order of fields make no difference.
pub fn payload_hash(payload: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(sha256_hex(&serde_json::to_vec(payload)?))
}

/// Whether two hashes may be of the same payload: they are equal, or they cannot be compared
/// because they belong to two schemas.
///
/// A message's hash has its schema in front: `2.<hash>`. The hash of a client's request has none,
/// nor has that of a message that an older release recorded.
pub(super) fn is_same_payload(one: &str, other: &str) -> bool {
    let parts = |text| match str::split_once(text, '.') {
        Some((schema, hash)) => (Some(schema), hash),
        None => (None, text),
    };
    let ((schema, hash), (other_schema, other_hash)) = (parts(one), parts(other));
    let are_comparable = schema.is_none() || other_schema.is_none() || schema == other_schema;
    !are_comparable || hash == other_hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_compared_within_a_schema() {
        for (one, other, same) in [
            ("a", "a", true),
            ("a", "b", false),
            ("1.a", "1.a", true),
            ("1.a", "1.b", false),
            ("1.a", "2.b", true),
            ("a", "2.a", true),
            ("a", "2.b", false),
        ] {
            assert_eq!((is_same_payload(one, other), is_same_payload(other, one)), (same, same), "{one} {other}");
        }
    }

    #[test]
    fn keys_of_two_callers_routes_or_consumers_never_meet() {
        let request = RecordKey::request("1", "orders-create", "a#b").unwrap();
        assert_eq!(request.text, "1#orders-create#a#b");
        assert_eq!(request.expires_at(100), 100 + 86_400);
        let delivery = RecordKey::delivery(&Delivery::first("email", "thing#7@3:moved", b""));
        assert_eq!(delivery.text, "email#thing#7@3:moved");
        assert_eq!(delivery.expires_at(0), 40 * 86_400);
    }

    #[test]
    fn a_key_is_counted_in_characters() {
        assert!(RecordKey::request("1", "r", &"é".repeat(KEY_MAX)).is_ok());
        for bad in [String::new(), "x".repeat(KEY_MAX + 1), "a\nb".to_owned()] {
            assert_eq!(RecordKey::request("1", "r", &bad), Err(BadKey));
        }
    }
}
