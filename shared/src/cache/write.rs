//! What a write does to the cache. The write to the table always comes first; this is the second
//! step.

use super::{Cache, CacheKey, entry::Entry, key::Name};
use crate::{
    context::Cx,
    resilience::random_fraction,
    valkey::ValkeyError,
    version::{Version, Versioned},
};
use futures_util::future::join_all;
use std::{collections::BTreeMap, sync::Arc};

/// L2 may not know of a write. Its old entry is served until the second step is repeated, for its
/// ttl at most. The consumer of the table's stream repeats it.
#[derive(Debug, thiserror::Error)]
#[error("the shared cache could not be updated after a write: {0}")]
pub struct CacheUnreachable(#[from] ValkeyError);

impl Cache {
    /// Writes through, after the table was written. In one step, `value` becomes the entry of `key`
    /// unless there is a newer one, the entries of `derived` (names of the same entity) are
    /// deleted, and a fill that is under way loses its fence.
    ///
    /// In a slot that was empty the value is fresh for five seconds at most, because the slot may
    /// have held a newer version. A request need not fail with this error; see
    /// [`CacheUnreachable`].
    pub async fn put<K: CacheKey>(
        &self,
        cx: &Cx,
        key: &K,
        value: &K::Value,
        derived: &[Name],
    ) -> Result<(), CacheUnreachable> {
        let (name, now) = (Name::of(key), self.clock.now_ms());
        for name in derived {
            self.memory.remove(name.entry());
        }
        let version = value.version();
        let entry = Entry::new(&K::POLICY, version, Some(value.clone()), now, random_fraction());
        let Some(payload) = Entry::payload(Some(value)) else {
            self.memory.remove(name.entry());
            return self.forget(cx, &[&[name], derived].concat()).await;
        };
        let entry = Arc::new(entry);
        let newer = self.memory.get::<K::Value>(name.entry(), now).is_some_and(|kept| kept.entry.version > version);
        if !newer {
            self.memory.put(name.entry(), Arc::clone(&entry), now, K::POLICY.l1_ttl, payload.len());
        }
        if let Some(shared) = &self.shared {
            let newest = shared.put(cx, (&name, K::SCHEMA), &entry, &payload, derived).await?;
            if !newest {
                self.memory.remove(name.entry());
            }
        }
        Ok(())
    }

    /// Deletes the entries of `names` and the fences of their loads, those of one entity in one
    /// step. Use it for values without a version of their own, and for deleted ones.
    pub async fn forget(&self, cx: &Cx, names: &[Name]) -> Result<(), CacheUnreachable> {
        let mut entities = BTreeMap::<&str, Vec<&Name>>::new();
        for name in names {
            self.memory.remove(name.entry());
            entities.entry(name.tag()).or_default().push(name);
        }
        let Some(shared) = &self.shared else { return Ok(()) };
        let all = join_all(entities.values().map(|names| shared.forget(cx, names))).await;
        Ok(all.into_iter().collect::<Result<(), _>>()?)
    }

    /// Deletes the entry of `key` if it is older than `version`, and those of `derived` in any
    /// case. A consumer of the table's stream uses it: it comes later than the writer and must not
    /// undo the write-through.
    pub async fn outdate<K: CacheKey>(
        &self,
        cx: &Cx,
        key: &K,
        version: Version,
        derived: &[Name],
    ) -> Result<(), CacheUnreachable> {
        let name = Name::of(key);
        let kept = self.memory.get::<K::Value>(name.entry(), self.clock.now_ms());
        if kept.is_some_and(|kept| kept.entry.version < version) {
            self.memory.remove(name.entry());
        }
        for name in derived {
            self.memory.remove(name.entry());
        }
        if let Some(shared) = &self.shared {
            shared.outdate(cx, &name, version.0, derived).await?;
        }
        Ok(())
    }
}
