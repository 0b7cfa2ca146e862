//! A cache entry, in memory and as bytes.
//!
//! The bytes are `version | loaded | schema | fresh_until | stale_until | error_until | kind |
//! payload`. The header is hexadecimal text of fixed width. Scripts compare versions as text, which
//! is exact; Lua's numbers are inexact above 2^53. Version and time of loading come first, so the
//! newer of two entries is the one whose text is greater. The payload is JSON, so that a person can
//! read what the server holds.

use super::{Policy, step::Worth};
use crate::version::Version;
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

/// Hexadecimal digits of the version, which the bytes begin with.
const VERSION: usize = 16;
const TIME: usize = 12;
const SCHEMA: usize = 4;
/// The length of version and time of loading. Two entries with the same stamp are the same. Scripts
/// know this length.
pub(super) const STAMP: usize = VERSION + TIME;
/// The length of everything before the payload.
pub(super) const HEADER: usize = STAMP + SCHEMA + 3 * TIME + 1;

/// How long a write into an empty slot is fresh at most: the slot may have held a newer version.
pub(super) const UNPROVEN: Duration = Duration::from_secs(5);

/// A value or its absence, and until when it may be used for what. Times are milliseconds since the
/// Unix epoch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<V> {
    pub(super) version: Version,
    /// When the loader was called.
    pub(super) loaded: i64,
    pub(super) fresh_until: i64,
    pub(super) stale_until: i64,
    pub(super) error_until: i64,
    pub(super) value: Option<V>,
}

impl<V> Entry<V> {
    /// An entry of a value that was requested at `asked`. Its time begins there, not when a slow
    /// answer arrived. `random` is from 0 to 1.
    pub(super) fn new(policy: &Policy, version: Version, value: Option<V>, asked: i64, random: f64) -> Self {
        let ttl = if value.is_some() { policy.ttl } else { policy.negative_ttl };
        let fresh_until = asked.saturating_add(ms(ttl.mul_f64(1.0 - policy.jitter * random)));
        let (mut stale_until, mut error_until) = (fresh_until, fresh_until);
        if value.is_some() {
            stale_until = fresh_until.saturating_add(ms(policy.stale_while_revalidate));
            error_until = stale_until.max(fresh_until.saturating_add(ms(policy.stale_if_error)));
        }
        Self { version, loaded: asked, fresh_until, stale_until, error_until, value }
    }

    /// What this entry is worth at `now` to a client that has seen `least`.
    pub(super) fn worth(&self, now: i64, least: Version) -> Worth {
        match () {
            () if self.version < least => Worth::Behind,
            () if now < self.fresh_until => Worth::Fresh,
            () if now < self.stale_until => Worth::Stale,
            () if now < self.error_until => Worth::Fallback,
            () => Worth::Nothing,
        }
    }

    /// How long the server keeps it.
    pub(super) fn keep_for(&self, now: i64) -> Duration {
        Duration::from_millis(u64::try_from(self.error_until - now).unwrap_or(0).max(1))
    }
}

impl<V: Serialize> Entry<V> {
    /// The payload alone; `None` if the value cannot be written as JSON. Then it is not cached.
    pub(super) fn payload(value: Option<&V>) -> Option<Vec<u8>> {
        value.map_or(Some(Vec::new()), |value| serde_json::to_vec(value).ok())
    }

    pub(super) fn header(&self, schema: u16) -> String {
        let kind = if self.value.is_some() { '+' } else { '-' };
        let time = |ms: i64| ms.clamp(0, (1 << (4 * TIME)) - 1);
        format!(
            "{:016x}{:012x}{schema:04x}{:012x}{:012x}{:012x}{kind}",
            self.version.0,
            time(self.loaded),
            time(self.fresh_until),
            time(self.stale_until),
            time(self.error_until),
        )
    }
}

impl<V: DeserializeOwned> Entry<V> {
    /// The entry in `bytes`; `None` if they are not an entry of this schema.
    pub(super) fn decode(schema: u16, bytes: &[u8]) -> Option<Arc<Self>> {
        let (header, payload) = bytes.split_at_checked(HEADER)?;
        let header = std::str::from_utf8(header).ok()?;
        let hex = |from: usize, len: usize| u64::from_str_radix(header.get(from..from + len)?, 16).ok();
        let time = |nth: usize| i64::try_from(hex(STAMP + SCHEMA + nth * TIME, TIME)?).ok();
        if hex(STAMP, SCHEMA)? != u64::from(schema) {
            return None;
        }
        let value = match header.as_bytes()[HEADER - 1] {
            b'+' => Some(serde_json::from_slice(payload).ok()?),
            b'-' if payload.is_empty() => None,
            _ => return None,
        };
        Some(Arc::new(Self {
            version: Version(hex(0, VERSION)?),
            loaded: i64::try_from(hex(VERSION, TIME)?).ok()?,
            fresh_until: time(0)?,
            stale_until: time(1)?,
            error_until: time(2)?,
            value,
        }))
    }
}

pub(super) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICY: Policy = Policy::new(Duration::from_mins(1));

    fn encoded(entry: &Entry<String>) -> Vec<u8> {
        let mut bytes = entry.header(7).into_bytes();
        bytes.extend(Entry::payload(entry.value.as_ref()).unwrap());
        bytes
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(version: u64, asked in 0_i64..1 << 44, value: Option<String>, random in 0.0..1.0) {
            let entry = Entry::new(&POLICY, Version(version), value, asked, random);
            let bytes = encoded(&entry);
            prop_assert_eq!(bytes[..HEADER].len(), entry.header(7).len());
            let read = Entry::decode(7, &bytes);
            prop_assert_eq!(read.as_deref(), Some(&entry));
            prop_assert_eq!(Entry::<String>::decode(8, &bytes), None, "another schema");
            prop_assert!(entry.fresh_until <= entry.stale_until && entry.stale_until <= entry.error_until);
        }

        #[test]
        fn garbage_is_nothing(bytes: Vec<u8>, cut in 0_usize..80) {
            prop_assert_eq!(Entry::<String>::decode(7, &bytes), None);
            let whole = encoded(&Entry::new(&POLICY, Version(1), Some("a value".to_owned()), 5, 0.0));
            prop_assert_eq!(Entry::<String>::decode(7, &whole[..cut.min(whole.len() - 1)]), None, "cut off");
        }
    }

    #[test]
    fn of_two_entries_the_newer_has_the_greater_stamp() {
        let stamp = |version, asked| {
            let entry = Entry::new(&POLICY, Version(version), Some(()), asked, 0.0);
            entry.header(7)[..STAMP].to_owned()
        };
        assert!(stamp(2, 1_000) < stamp(10, 1_000) && stamp(10, 1_000) < stamp(10, 1_001));
        assert!(stamp(1, i64::MAX) < stamp(2, 0), "the version decides, not a clock");
        assert_eq!(STAMP, 28, "the scripts' number");
    }

    #[test]
    fn an_entry_loses_its_worth_step_by_step() {
        let policy = POLICY.stale_while_revalidate(Duration::from_secs(5)).stale_if_error(Duration::from_secs(100));
        let entry = Entry::new(&policy, Version(3), Some(()), 1_000, 0.0);
        for (at, worth) in [
            (60_999, Worth::Fresh),
            (61_000, Worth::Stale),
            (66_000, Worth::Fallback),
            (160_999, Worth::Fallback),
            (161_000, Worth::Nothing),
        ] {
            assert_eq!(entry.worth(at, Version(3)), worth, "at {at}");
        }
        assert_eq!(entry.worth(2_000, Version(4)), Worth::Behind);
    }

    #[test]
    fn absence_is_believed_for_less_time_and_never_when_stale() {
        let entry = Entry::<()>::new(&POLICY, Version(0), None, 0, 0.0);
        assert_eq!(entry.worth(ms(POLICY.negative_ttl) - 1, Version(0)), Worth::Fresh);
        assert_eq!(entry.worth(ms(POLICY.negative_ttl), Version(0)), Worth::Nothing);
    }
}
