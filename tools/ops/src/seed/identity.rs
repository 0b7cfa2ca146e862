//! Ids, times and random bytes that follow from a number, so that every run makes the same.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// 1 January 2026, before every id that a running shop makes.
pub(super) const EPOCH_MS: u64 = 1_767_225_600_000;

/// The id (UUIDv7) that is made at this millisecond with these random bytes.
pub(super) fn id_at(millis: u64, random: &[u8; 32]) -> Uuid {
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[..10]);
    Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

pub(super) fn time_at(millis: u64) -> Timestamp {
    i64::try_from(millis).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default()
}

/// Random bytes for an item of this kind, the same for the same number.
pub(super) fn random_bytes(kind: &str, number: usize) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update((number as u64).to_be_bytes()).finalize().into()
}
