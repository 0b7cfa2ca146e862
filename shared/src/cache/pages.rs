//! Pages: lists and results of searches, which change when any of their items does.
//!
//! The pages of a family are invalidated together, by a new generation in their keys, so nobody
//! needs to know which pages exist. The page that was loaded last is also kept under a name without
//! a generation. It is served, as stale, when the source fails. Otherwise every change would remove
//! what an outage needs.
//!
//! # Promises
//! * A page that was loaded before [`Cache::forget_pages`] is served for `l1_ttl` more at most,
//!   unless the source fails; then it is marked as stale.
//! * A page is served in place of a source that fails for its policy's `stale_if_error`.
//!
//! # Costs
//! A hit in L2 is two round trips: the generation, which memory holds for `l1_ttl`, and the page. A
//! load stores its page twice.

use super::{Cache, CacheKey, Cached, PageKey, Policy, Source, generation::Generation};
use crate::{
    context::Cx,
    version::{Consistency, Version, Versioned},
};
use serde::{Deserialize, Serialize};
use std::{future::Future, time::Duration};

/// A page under the generation of its family.
struct CurrentPage<'a, K>(&'a K, Generation);

impl<K: PageKey> CacheKey for CurrentPage<'_, K> {
    type Value = Dated<K::Value>;
    const SCHEMA: u16 = K::SCHEMA;
    const POLICY: Policy = K::POLICY;

    fn entity(&self) -> String {
        format!("{{{}:{}:{}}}", K::FAMILY, self.1, self.0.page())
    }
}

/// The page that was loaded last, of any generation. It is never fresh.
struct LastPage<'a, K>(&'a K);

impl<K: PageKey> CacheKey for LastPage<'_, K> {
    type Value = Dated<K::Value>;
    const SCHEMA: u16 = K::SCHEMA;
    const POLICY: Policy =
        Policy { ttl: Duration::ZERO, stale_while_revalidate: Duration::ZERO, load_limit: None, ..K::POLICY };

    fn entity(&self) -> String {
        format!("{{{}:last:{}}}", K::FAMILY, self.0.page())
    }
}

/// A page and when it was requested. That time is its version, so a later page replaces it.
#[derive(Clone, Serialize, Deserialize)]
struct Dated<V> {
    at: Version,
    page: V,
}

impl<V> Versioned for Dated<V> {
    fn version(&self) -> Version {
        self.at
    }
}

/// The source failed. The error itself is kept elsewhere.
struct NoPage;

impl Cache {
    /// A page: from memory, from L2, or from `load`, which is called at most once. If `load` fails,
    /// the page that was loaded last, with its age; the load's error if there is none.
    pub async fn read_page<K, F, E>(
        &self,
        cx: &Cx,
        key: &K,
        load: impl FnOnce(Consistency) -> F,
    ) -> Result<Option<Cached<K::Value>>, E>
    where
        K: PageKey,
        F: Future<Output = Result<Option<K::Value>, E>>,
    {
        let current = CurrentPage(key, self.generation::<K>(cx).await);
        let dated = async |how| {
            let at = Version(u64::try_from(self.clock.now_ms()).unwrap_or_default());
            Ok(load(how).await?.map(|page| Dated { at, page }))
        };
        match self.read(cx, &current, dated).await {
            Ok(Some(found)) => {
                if found.source == Source::Table {
                    // If this fails, the cache survives an outage for less time. Nothing else
                    // changes.
                    let _ = self.put(cx, &LastPage(key), &found.value, &[]).await;
                }
                Ok(Some(undated(found)))
            }
            Ok(None) => Ok(None),
            Err(error) => self.last(cx, key).await.map(Some).ok_or(error),
        }
    }

    /// The page that was loaded last.
    async fn last<K: PageKey>(&self, cx: &Cx, key: &K) -> Option<Cached<K::Value>> {
        let found = self.read(cx, &LastPage(key), async |_| Err(NoPage)).await.ok()??;
        if K::POLICY.has_cache_status {
            cx.answer.replace_cache_status("l2; fwd=stale; detail=stale-if-error".to_owned());
        }
        Some(undated(found))
    }
}

fn undated<V>(found: Cached<Dated<V>>) -> Cached<V> {
    let Cached { value, source, stale, ttl, age } = found;
    Cached { value: value.page, source, stale, ttl, age }
}
