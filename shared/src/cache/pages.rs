//! Pages: lists and results of searches, which change when any of their items does.
//!
//! The pages of a family are forgotten together, by a new generation in their keys: nobody needs to
//! know which pages there are. What was loaded last is kept under a name without a generation as
//! well. It is served, as stale, when the source fails: else every change would take away what an
//! outage is survived with.
//!
//! # Promises
//! * A page that was loaded before [`Cache::forget_pages`] is answered with for `l1_ttl` more at most,
//!   by any environment, unless the source fails; then it says that it is stale.
//! * A page is served in place of a source that fails for as long as its policy's `stale_if_error`.
//!
//! # Costs
//! A hit in L2 is two round trips: the generation, from memory within `l1_ttl`, and the page. A load
//! writes its page twice.

use super::{Cache, CacheKey, Cached, Policy, Source, generation::Generation};
use crate::{
    context::Cx,
    version::{Consistency, Version, Versioned},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{future::Future, time::Duration};

/// The key of a page, bound to what is on it.
pub trait PageKey: Sync {
    /// What is on the page. It needs no version: it is good until its family is forgotten.
    type Value: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// The version of the value's form, as in [`CacheKey::SCHEMA`].
    const SCHEMA: u16;

    /// For how long it is good. Its `l1_ttl` bounds how long an environment does not hear of a new
    /// generation.
    const POLICY: Policy;

    /// The pages that change together: `things`.
    const FAMILY: &'static str;

    /// Which page of the family: all that it depends on.
    fn page(&self) -> String;
}

/// A page under the generation of its family.
struct Current<'a, K>(&'a K, Generation);

impl<K: PageKey> CacheKey for Current<'_, K> {
    type Value = Dated<K::Value>;
    const SCHEMA: u16 = K::SCHEMA;
    const POLICY: Policy = K::POLICY;

    fn entity(&self) -> String {
        format!("{{{}:{}:{}}}", K::FAMILY, self.1, self.0.page())
    }
}

/// The page that was loaded last, of whatever generation: never fresh.
struct Last<'a, K>(&'a K);

impl<K: PageKey> CacheKey for Last<'_, K> {
    type Value = Dated<K::Value>;
    const SCHEMA: u16 = K::SCHEMA;
    const POLICY: Policy =
        Policy { ttl: Duration::ZERO, stale_while_revalidate: Duration::ZERO, load_limit: None, ..K::POLICY };

    fn entity(&self) -> String {
        format!("{{{}:last:{}}}", K::FAMILY, self.0.page())
    }
}

/// A page, and when it was asked for: a version by which a later one takes its place.
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

/// The source failed; its error is known elsewhere.
struct NoPage;

impl Cache {
    /// A page: from memory, from L2, or from `load`, which is called at most once. When it fails,
    /// the page that was loaded last, which says how stale it is; the load's error when there is
    /// none.
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
        let current = Current(key, self.generation::<K>(cx).await);
        let dated = async |how| {
            let at = Version(u64::try_from(self.clock.now_ms()).unwrap_or_default());
            Ok(load(how).await?.map(|page| Dated { at, page }))
        };
        match self.read(cx, &current, dated).await {
            Ok(Some(found)) => {
                if found.source == Source::Table {
                    // Without it an outage is survived for less long, and that is all.
                    let _ = self.put(cx, &Last(key), &found.value, &[]).await;
                }
                Ok(Some(undated(found)))
            }
            Ok(None) => Ok(None),
            Err(error) => self.last(cx, key).await.map(Some).ok_or(error),
        }
    }

    /// The page that was loaded last.
    async fn last<K: PageKey>(&self, cx: &Cx, key: &K) -> Option<Cached<K::Value>> {
        let found = self.read(cx, &Last(key), async |_| Err(NoPage)).await.ok()??;
        if K::POLICY.told {
            cx.answer.replace_cache_status("l2; fwd=stale; detail=stale-if-error".to_owned());
        }
        Some(undated(found))
    }
}

fn undated<V>(found: Cached<Dated<V>>) -> Cached<V> {
    let Cached { value, source, stale, ttl, age } = found;
    Cached { value: value.page, source, stale, ttl, age }
}
