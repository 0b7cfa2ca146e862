//! A cache that needs no background work: read-through and write-through, in memory (L1) and in Valkey (L2).
//!
//! The best caches refresh in the background, hear of changes by publish and subscribe, and let one thread of a process load
//! for the others. An execution environment is frozen between two requests and serves one at a time: it refreshes nothing,
//! hears nothing, and its locks protect it from nobody. So all of it happens during a read, and what must be agreed upon is
//! agreed upon in L2.
//!
//! # Promises
//! * One load a change or expiry in the whole fleet, while L2 is there; whoever does not load serves the stale entry, or, when
//!   there is none, waits for about the time of a lease and then loads for itself.
//! * A slow reader never puts an old value back into L2: a fill is admitted only while its lease is held, and every write
//!   takes the lease away. State that L2 lost refuses. See [`step`].
//! * A write-through replaces older versions only.
//! * An environment's memory is behind by `l1_ttl` at most, on the wall clock, counted from when a value was asked for.
//! * A client that has seen a version ([`Cx::seen`](crate::context::Cx)) is never answered with an older one, from no layer.
//! * Absence is cached, for less time: a flood of ids that do not exist reaches the table once an id and `negative_ttl`.
//! * L2 slow, gone, restarted, or answering rubbish: reads go on with memory and table. The table gone: entries are served
//!   until their `stale_if_error` ends, and say so; after that the load's error is the answer.
//! * Memory never exceeds its bytes.
//!
//! # What it does not do
//! After a failover of L2, which replicates asynchronously, an old value may come back for at most its ttl. Without L2 there are no
//! leases and no shared write-through; `l1_ttl` and seen versions still hold. What must end at once, as sessions do, has an `l1_ttl`
//! of zero and is forgotten by who ends it, who does not say so before L2 has heard.
//!
//! # Costs
//! A hit in memory is a key, a lookup and a clone of the value; keep big values behind an `Arc`. A hit in L2 is one round trip.
//! A refresh is three (entry, lease, fill) and the load, for one reader.
//!
//! # Example
//! ```
//! # use shared::{cache::{Cache, CacheKey, Config, Policy}, clock::Clock, context::Cx, version::{Version, Versioned}};
//! # use std::time::Duration;
//! # #[derive(Clone, serde::Serialize, serde::Deserialize)] struct Article { version: Version }
//! # impl Versioned for Article { fn version(&self) -> Version { self.version } }
//! # struct ArticleKey(u64);
//! # impl CacheKey for ArticleKey {
//! #     type Value = Article;
//! #     const SCHEMA: u16 = 1;
//! #     const POLICY: Policy = Policy::new(Duration::from_secs(60));
//! #     fn entity(&self) -> String { format!("{{article:{}}}", self.0) }
//! # }
//! # async fn table(_: u64) -> Result<Option<Article>, std::io::Error> { Ok(Some(Article { version: Version(1) })) }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::io::Error> {
//! let cache = Cache::new(None, Clock::system(), Config::default());
//! let cx = Cx::detached();
//! let article = cache.read(&cx, &ArticleKey(42), |_how| table(42)).await?;
//! assert!(article.is_some_and(|article| article.stale.is_none()));
//! # Ok(()) }
//! ```

mod cached;
mod entry;
mod generation;
mod key;
mod l1;
mod l2;
mod many;
mod pages;
mod policy;
mod read;
pub mod step;
mod write;

pub use cached::{Cached, STATUS, Source};
pub use key::{CacheKey, Name};
pub use pages::PageKey;
pub use policy::{LEASE_MAX, Policy};
pub use write::Unreached;

use crate::{
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    valkey::Valkey,
    version::Consistency,
};
use l1::Memory;
use l2::Shared;
use read::{Before, Read};
use std::{fmt, time::Duration};

/// What can be set.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// `CACHE_L1_BYTES`: the most that an environment's memory may weigh; 16 MiB unless it is set.
    pub l1_bytes: u64,
}

impl Config {
    /// Reads the variables named above.
    pub fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        Ok(Self { l1_bytes: vars.parsed("CACHE_L1_BYTES", Self::default().l1_bytes)? })
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { l1_bytes: 16 << 20 }
    }
}

/// Both layers. One an environment, made at init; see the [module](self).
pub struct Cache {
    memory: Memory,
    shared: Option<Shared>,
    clock: Clock,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("l1_bytes", &self.l1_bytes())
            .field("l2", &self.shared.is_some())
            .finish_non_exhaustive()
    }
}

impl Cache {
    /// A cache with `valkey` as its L2, or with memory alone.
    pub fn new(valkey: Option<Valkey>, clock: Clock, config: Config) -> Self {
        Self { memory: Memory::new(config.l1_bytes), shared: valkey.map(Shared::new), clock }
    }

    /// The value of `key`: from memory, from L2, or from `load`, which is called at most once and told how strongly to read.
    /// `None` when there is no such thing, which is cached too.
    ///
    /// Fails with the load's error, and only when there is no entry that could be served in its place. A stale answer says so
    /// in [`Cached::stale`]. Counts `l1_hit`, `l2_hit`, `stale`, `stale_error` or `cache_miss` in the wide event and sets the
    /// fact [`STATUS`].
    pub async fn read<K, F, E>(
        &self,
        cx: &Cx,
        key: &K,
        load: impl FnOnce(Consistency) -> F,
    ) -> Result<Option<Cached<K::Value>>, E>
    where
        K: CacheKey,
        F: Future<Output = Result<Option<K::Value>, E>>,
    {
        let mut read = match Read::begin(self, cx, key, true) {
            Ok(read) => read,
            Err(answer) => return Ok(answer),
        };
        match read.before().await {
            Before::Answered(answer) => Ok(answer),
            Before::Load(how) => {
                let limit = read.load_limit();
                let loaded = tokio::select! {
                    biased;
                    loaded = load(how) => Some(loaded),
                    () = over(limit) => None,
                };
                match loaded {
                    Some(loaded) => read.after(loaded).await,
                    // There is something to serve, or there would be no limit.
                    None => Ok(read.failed().await.unwrap_or_default()),
                }
            }
        }
    }

    /// What this environment's memory weighs, in bytes.
    pub fn l1_bytes(&self) -> u64 {
        self.memory.weight()
    }
}

/// Ends with the limit. Without one there is no timer either, which a paused clock would run out at once.
async fn over(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}
