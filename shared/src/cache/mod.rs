//! A cache without background work: read-through and write-through, in memory (L1) and in Valkey
//! (L2).
//!
//! Most caches refresh in the background, learn of changes by publish and subscribe, and let one
//! thread of a process load for the others. An execution environment is frozen between two requests
//! and serves one at a time: it cannot refresh, it misses messages, and a lock in its process
//! protects nothing. So everything happens during a read, and L2 coordinates the environments.
//!
//! # Promises
//! * While L2 is there, one environment of the fleet loads an entry after a change or expiry. The
//!   others serve the old entry while [`Policy`] allows it, within 50 ms. One that has no entry
//!   waits for that load, or for its turn to load.
//! * A slow table is cached too: a load of up to [`LOAD_MAX`] is stored, however short a turn is,
//!   unless there was a write meanwhile. The table gets one load of a key for each turn (200 ms).
//!   While loads fail or outlast their turns, and there is an entry, it gets one in two to eight
//!   turns. A reader that holds the turn and has an entry serves it after [`LOAD_MAX`].
//! * A slow reader never puts an old value back into L2: every write deletes the fence under which
//!   fills are accepted, and without its fence a fill is refused. Of two loads under one fence the
//!   newer version stays. See [`step`].
//! * A value that L2 has forgotten returns to L2 only by a load or a write. When the table fails,
//!   an environment may serve what is left in its own memory, marked as old; it does not put that
//!   into L2.
//! * A write-through replaces older versions only.
//! * An environment's memory is behind by `l1_ttl` at most, on the wall clock, counted from when a
//!   value was requested.
//! * A client that has seen a version ([`Cx::seen`](crate::context::Cx)) never gets an older one,
//!   from any layer.
//! * Absence is cached too, for `negative_ttl`: a flood of requests for an id that does not exist
//!   causes one load in that time.
//! * If L2 is slow, gone, restarted or returns garbage, reads use memory and the table. If the
//!   table is gone, entries are served until their `stale_if_error` ends; after that, reads fail
//!   with the load's error.
//! * A value that is served because the table fails or is slow is marked: `Degraded` names its kind
//!   ([`CacheKey::KIND`]), `Age` says how old it is, and the CDN keeps it for a few seconds.
//! * Memory never exceeds its configured size.
//!
//! # What it does not do
//! L2 replicates asynchronously. After a failover, an old value may return for its ttl at most.
//! Without L2 there are no turns and no shared write-through; `l1_ttl` and seen versions still
//! hold. Values that must end at once, such as sessions, set `l1_ttl` to zero. The code that ends
//! one removes it from L2 and reports success only when L2 has answered.
//!
//! # Costs
//! A hit in memory is a key, a lookup and a clone of the value; keep large values behind an `Arc`.
//! A hit in L2 is one round trip. A refresh is three round trips (entry, turn, fill) and the load
//! for one reader, and two for the others. A read that has only a fallback waits 30 ms for the
//! holder of the turn, once, unless loads are known to be slow.
//!
//! # Example
//! ```
//! # use shared::cache::{Cache, CacheKey, Config, Policy};
//! # use shared::{clock::Clock, context::Cx, version::{Version, Versioned}};
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
//! # async fn table(_: u64) -> Result<Option<Article>, std::io::Error> {
//! #     Ok(Some(Article { version: Version(1) }))
//! # }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::io::Error> {
//! let cache = Cache::new(None, Clock::system(), Config::default());
//! let cx = Cx::detached();
//! let article = cache.read(&cx, &ArticleKey(42), |_how| table(42)).await?;
//! assert!(article.is_some_and(|article| article.stale.is_none()));
//! # Ok(()) }
//! ```

mod cached;
mod entry;
mod finish;
mod generation;
mod key;
mod l1;
mod l2;
mod many;
mod page_key;
mod pages;
mod policy;
mod read;
pub mod step;
mod write;

pub use cached::{Cached, Source};
pub use key::{CacheKey, Name};
pub use page_key::PageKey;
pub use policy::{LOAD_MAX, PUBLIC_L1_TTL, Policy, TURN_MAX};
pub use write::CacheUnreachable;

use crate::{
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    env::CACHE_L1_BYTES,
    valkey::Valkey,
    version::Consistency,
};
use l1::Memory;
use l2::L2;
use read::{Before, Read};
use std::{fmt, time::Duration};

/// The settings.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// The most bytes of an environment's memory: [`CACHE_L1_BYTES`].
    pub l1_bytes: u64,
}

impl Config {
    /// From the variables.
    pub fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        Ok(Self { l1_bytes: vars.parsed(CACHE_L1_BYTES)? })
    }
}

impl Default for Config {
    /// As it is while the variable is unset.
    fn default() -> Self {
        let bytes = CACHE_L1_BYTES.default().and_then(|bytes| bytes.parse().ok());
        Self { l1_bytes: bytes.unwrap_or_default() }
    }
}

/// Both layers. There is one an environment, made at init; see the [module](self).
pub struct Cache {
    memory: Memory,
    shared: Option<L2>,
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
        Self { memory: Memory::new(config.l1_bytes), shared: valkey.map(L2::new), clock }
    }

    /// The value of `key`: from memory, from L2, or from `load`, which is called at most once and
    /// told how strongly to read. `None` when there is no such thing, which is cached too.
    ///
    /// Fails with the load's error, and only when there is no entry that could be served in its
    /// place. A stale answer says so in [`Cached::stale`]; one that is served because the table
    /// fails or is slow is named in [`Cx::answer`](Cx), with its age. How the read went is counted
    /// in the wide event and noted for the answer's `Cache-Status`.
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

    /// The weight of this environment's memory, in bytes.
    pub fn l1_bytes(&self) -> u64 {
        self.memory.weight()
    }
}

/// Ends at the limit. Without a limit there is no timer, because a paused clock would end it at
/// once.
async fn over(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}
