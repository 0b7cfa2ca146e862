//! Which of N shards a key belongs to.
//!
//! One partition key takes at most 1,000 write units and 3,000 read units a second, whatever the
//! table is set to ("Best practices for designing and using partition keys effectively", AWS
//! documentation, `bp-partition-key-design.html`), and a hot key of an index throttles the writes
//! of its base table. So a key that all requests share gets a suffix, which is calculated from the
//! id ("Using write sharding to distribute workloads evenly", `bp-partition-key-sharding.html`).

use sha2::{Digest, Sha256};
use std::{num::NonZeroU16, str::FromStr};

/// Over how many partition keys a listing or a counter is spread: how many are written, and how
/// many are read.
///
/// The two numbers differ while the first is raised. Functions are updated one after the other, and
/// a function that still reads N shards would miss what another one already writes to shard N+1. So
/// raising the number from 4 to 16 takes two deploys: `4/16` (write over 4, read 16), then `16`. No
/// item has to be migrated. With jump consistent hash an item moves to a new shard or not at all,
/// so items that were written over 4 shards are in the first 4 of 16. An item moves when it is
/// written the next time; until the index has followed, a listing may miss it. To lower the number,
/// deploy `4/16` after `16`; the number read must stay until every item was written again.
///
/// A page reads every shard, and each read costs. So use as many shards as the writes need, and no
/// more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shards {
    written: u16,
    read: u16,
}

/// A shard count that is neither `N` nor `WRITTEN/READ` with `WRITTEN <= READ`, both from 1 to
/// 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shard count is a number like 8, or `written/read` like 4/8, from 1 up")]
pub struct BadShards;

impl Shards {
    /// No sharding: everything under the suffix 0.
    pub const ONE: Self = Self { written: 1, read: 1 };

    /// Written over `count` keys, and read from as many.
    pub const fn new(count: NonZeroU16) -> Self {
        Self { written: count.get(), read: count.get() }
    }

    /// Over how many keys items are written.
    pub const fn written(self) -> u16 {
        self.written
    }

    /// From how many keys a reader reads.
    pub const fn read(self) -> u16 {
        self.read
    }

    /// The partition key of `id` within `group`: `group#<shard>`. The same id has the same key on
    /// every machine.
    pub fn key(self, group: &str, id: &str) -> String {
        Self::place(group, jump_hash(stable_hash(id), self.written))
    }

    /// A random one of the keys that are written: where an addition to a counter goes.
    pub fn any(self, group: &str) -> String {
        Self::place(group, self.draw())
    }

    /// A random one of the shards that are written.
    pub(super) fn draw(self) -> u16 {
        let drawn = getrandom::u32().unwrap_or_default() % u32::from(self.written);
        u16::try_from(drawn).unwrap_or_default()
    }

    pub(super) fn place(group: &str, shard: u16) -> String {
        format!("{group}#{shard}")
    }

    /// All keys of `group` that a reader reads.
    pub fn keys(self, group: &str) -> impl Iterator<Item = String> {
        (0..self.read).map(move |shard| Self::place(group, shard))
    }
}

impl FromStr for Shards {
    type Err = BadShards;

    fn from_str(text: &str) -> Result<Self, BadShards> {
        let number = |text: &str| text.parse::<NonZeroU16>().map(NonZeroU16::get).map_err(|_| BadShards);
        let (written, read) = match text.split_once('/') {
            Some((written, read)) => (number(written)?, number(read)?),
            None => (number(text)?, number(text)?),
        };
        if written > read { Err(BadShards) } else { Ok(Self { written, read }) }
    }
}

/// Jump consistent hash: spreads keys evenly over `0..buckets`. When buckets are added, a key moves
/// to a new bucket or not at all.
///
/// Source: John Lamping, Eric Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (2014),
/// figure 1. Zero buckets count as one.
pub fn jump_hash(mut key: u64, buckets: u16) -> u16 {
    let mut bucket = 0_u16;
    let mut next = 0_u64;
    while next < u64::from(buckets) {
        bucket = u16::try_from(next).unwrap_or(u16::MAX);
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        #[expect(clippy::cast_precision_loss, reason = "the numbers are below 2^33, exact in a double")]
        let scaled = f64::from(u32::from(bucket) + 1) * ((1_u64 << 31) as f64 / ((key >> 33) + 1) as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the algorithm rounds down")]
        let jumped = scaled as u64;
        next = jumped;
    }
    bucket
}

/// A hash that stays the same in every release of the language and of the crates: the first eight
/// bytes of SHA-256.
fn stable_hash(id: &str) -> u64 {
    Sha256::digest(id).iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_keeps_its_shard_for_ever() {
        // Stored items depend on these values: after a change they would not be found.
        let shards: Shards = "16".parse().unwrap();
        let of = |id: &str| shards.key("all", id);
        assert_eq!([of("a"), of("b"), of("018f2f0e-0000-7000-8000-000000000001")], ["all#1", "all#15", "all#3"]);
        // Calculated with the paper's code, in another language.
        let known = [
            (0, 1, 0),
            (10_863_919_174_838_991, 11, 6),
            (256, 1_024, 520),
            (u64::MAX, 1_000, 313),
            (12_345, u16::MAX, 10_170),
        ];
        for (key, buckets, bucket) in known {
            assert_eq!(jump_hash(key, buckets), bucket, "{key} in {buckets}");
        }
    }

    #[test]
    fn counts_are_checked_when_they_are_read() {
        assert_eq!("4/16".parse(), Ok(Shards { written: 4, read: 16 }));
        for wrong in ["", "0", "4/", "/4", "8/4", "-1", "70000", "4/8/16"] {
            assert_eq!(wrong.parse::<Shards>(), Err(BadShards), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_raise_moves_an_item_to_a_new_shard_or_not_at_all(key: u64, from in 1_u16..500, more in 1_u16..500) {
            let (before, after) = (jump_hash(key, from), jump_hash(key, from + more));
            prop_assert!(before < from && after < from + more);
            prop_assert!(after == before || after >= from);
        }

        #[test]
        fn a_random_shard_is_one_that_is_read(count in 1_u16..64) {
            let shards = Shards::new(NonZeroU16::new(count).unwrap());
            let drawn = shards.any("views");
            prop_assert!(shards.keys("views").any(|key| key == drawn), "{drawn}");
        }
    }
}
