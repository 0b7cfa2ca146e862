//! Generations: how a write forgets entries whose keys nobody can list.
//!
//! A page of a list depends on all of its items, and there are as many pages as there are cursors. So the key of a list carries
//! its owner's generation, and a write draws a new one: the old pages are not deleted but no longer asked for, and a page that
//! is still being loaded is filled under the old name. A generation is drawn at random, never counted: a counter that L2 lost
//! would come back to a number that was in use.

use super::{
    Cache, Policy, Unreached,
    entry::{Entry, ms},
    l1::Kept,
};
use crate::{context::Cx, valkey::Reply, version::Version};
use std::{fmt, sync::Arc, time::Duration};

/// Memory asks again after two seconds: the bound on what one environment's lists are behind, as for items.
const POLICY: Policy = Policy::new(Duration::from_hours(24 * 7)).l1_ttl(Duration::from_secs(2)).jitter(0.0);

/// Draws the first generation, unless there is one. KEYS generation; ARGV new, milliseconds.
pub(super) const FIRST: &str = "
local now = redis.call('GET', KEYS[1])
if now then return now end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]";

/// Which writes a list has seen. Goes into [`CacheKey::entity`](super::CacheKey): `{list:shoes:<generation>}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation(u64);

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
    /// The generation of `owner` (`{list:shoes}`), from memory for two seconds, else one round trip.
    ///
    /// Without L2, and while it does not answer, it is the last one that this environment knew, or one of its own: entries in
    /// memory are bounded by their `l1_ttl` in any case.
    pub async fn generation(&self, cx: &Cx, owner: &str) -> Generation {
        let (key, now) = (format!("{owner}:generation"), self.clock.now_ms());
        let kept: Option<Kept<Generation>> = self.memory.get(&key, now);
        let known = kept.as_ref().and_then(|kept| kept.entry.value);
        if let (Some(kept), Some(known)) = (&kept, known)
            && kept.current
        {
            return known;
        }
        let asked = self.ask_generation(cx, &key).await;
        let generation = asked.or(known).unwrap_or_else(Generation::draw);
        self.keep_generation(&key, generation, now);
        generation
    }

    /// Draws a new generation for `owner`: lists that carry the one before are no longer found. What a write does to them, and
    /// what the consumer of the table's stream repeats.
    pub async fn bump(&self, cx: &Cx, owner: &str) -> Result<(), Unreached> {
        let (key, generation) = (format!("{owner}:generation"), Generation::draw());
        self.keep_generation(&key, generation, self.clock.now_ms());
        if let Some(shared) = &self.shared {
            shared.valkey.set(cx, &key, generation.to_string().as_bytes(), POLICY.ttl).await?;
        }
        Ok(())
    }

    async fn ask_generation(&self, cx: &Cx, key: &str) -> Option<Generation> {
        let shared = self.shared.as_ref()?;
        if let Some(bytes) = shared.valkey.get(cx, key).await.ok()? {
            return Generation::read(&bytes);
        }
        let (new, keep) = (Generation::draw().to_string(), ms(POLICY.ttl).to_string());
        match shared.valkey.eval(cx, &shared.first, &[key], &[new.as_bytes(), keep.as_bytes()]).await {
            Ok(Reply::Bytes(bytes)) => Generation::read(&bytes),
            _ => None,
        }
    }

    fn keep_generation(&self, key: &str, generation: Generation, asked: i64) {
        let entry = Entry::new(&POLICY, Version(0), Some(generation), asked, 0.0);
        self.memory.put(key, Arc::new(entry), asked, POLICY.l1_ttl, 0);
    }
}
