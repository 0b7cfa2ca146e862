//! Generations: how a write invalidates entries whose keys nobody can list.
//!
//! A page of a list depends on all of its items, and there are as many pages as there are cursors.
//! So a page's key contains its family's generation, and a write sets a new one. The old pages are
//! not deleted, but no longer read. A page that is being loaded at that moment is stored under the
//! old name. A generation is a random number and not a counter: a counter that L2 lost would return
//! to a number that was in use.

use super::{
    Cache, CacheUnreachable, PageKey, Policy,
    entry::{Entry, ms},
    l1::Kept,
};
use crate::{context::Cx, valkey::Reply, version::Version};
use std::{fmt, sync::Arc, time::Duration};

/// After this long without a write, a generation ends and a new one is set.
const POLICY: Policy = Policy::new(Duration::from_hours(24 * 7)).jitter(0.0);

/// Sets the first generation, unless there is one. KEYS generation; ARGV new, milliseconds.
pub(super) const FIRST: &str = "
local now = redis.call('GET', KEYS[1])
if now then return now end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]";

/// The generation of a family of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Generation(u64);

impl Generation {
    fn draw() -> Self {
        Self(getrandom::u64().unwrap_or_default())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        u64::from_str_radix(std::str::from_utf8(bytes).ok()?, 16).ok().map(Self)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Cache {
    /// The generation of the pages of `K`: from memory for their `l1_ttl`, otherwise by one round
    /// trip. The primary is asked, because a reader that lags would bring old pages back.
    ///
    /// Without L2, or while it does not answer, it is the last one that this environment knew, or
    /// one of its own. Entries in memory are bounded by their `l1_ttl` in any case.
    pub(super) async fn generation<K: PageKey>(&self, cx: &Cx) -> Generation {
        let (key, now) = (key::<K>(), self.clock.now_ms());
        let kept: Option<Kept<Generation>> = self.memory.get(&key, now);
        let known = kept.as_ref().and_then(|kept| kept.entry.value);
        if let (Some(kept), Some(known)) = (&kept, known)
            && kept.current
        {
            return known;
        }
        let asked = self.ask_generation(cx, &key).await;
        // While L2 does not answer, pages may have been invalidated, so the known generation is not
        // used.
        let known = known.filter(|_| self.shared.is_none());
        let generation = asked.or(known).unwrap_or_else(Generation::draw);
        self.keep_generation::<K>(&key, generation, now);
        generation
    }

    /// Invalidates all pages of `K` by a new generation. The consumer of the table's stream calls
    /// it once the source of the pages shows the change.
    pub async fn forget_pages<K: PageKey>(&self, cx: &Cx) -> Result<(), CacheUnreachable> {
        let (key, generation) = (key::<K>(), Generation::draw());
        self.keep_generation::<K>(&key, generation, self.clock.now_ms());
        if let Some(shared) = &self.shared {
            shared.valkey.must_reach().set(cx, &key, generation.to_string().as_bytes(), POLICY.ttl).await?;
        }
        Ok(())
    }

    async fn ask_generation(&self, cx: &Cx, key: &str) -> Option<Generation> {
        let shared = self.shared.as_ref()?;
        if let Some(bytes) = shared.valkey.get_latest(cx, key).await.ok()? {
            return Generation::read(&bytes);
        }
        let (new, keep) = (Generation::draw().to_string(), ms(POLICY.ttl).to_string());
        match shared.valkey.eval(cx, &shared.first, &[key], &[new.as_bytes(), keep.as_bytes()]).await {
            Ok(Reply::Bytes(bytes)) => Generation::read(&bytes),
            _ => None,
        }
    }

    fn keep_generation<K: PageKey>(&self, key: &str, generation: Generation, asked: i64) {
        let entry = Entry::new(&POLICY, Version(0), Some(generation), asked, 0.0);
        self.memory.put(key, Arc::new(entry), asked, K::POLICY.l1_ttl, 0);
    }
}

fn key<K: PageKey>() -> String {
    format!("{{{}}}:generation", K::FAMILY)
}
