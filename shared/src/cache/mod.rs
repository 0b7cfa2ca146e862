//! A cache that needs no background work: read-through and write-through, in memory (L1) and in Valkey (L2).
//!
//! The best caches refresh in the background, hear of changes by publish and subscribe, and let one thread of a process load
//! for the others. An execution environment is frozen between two requests and serves one at a time: it refreshes nothing,
//! hears nothing, and its locks protect it from nobody. So all of it happens during a read, and what must be agreed upon is
//! agreed upon in L2.
//!
//! # Promises
//! * While L2 is there, one environment of the fleet loads an entry after a change or expiry. The
//!   others serve the old one while [`Policy`] allows it, within 50 ms; one that has nothing waits
//!   for that load, or for its turn to load.
//! * A slow table keeps its cache: a load of up to [`LOAD_MAX`] is filled in, however short a turn
//!   is, unless something was written meanwhile. The table sees one load of a key a turn (200 ms),
//!   and while loads fail or outlast their turns, and there is an entry, one in two to eight turns.
//!   A reader that has something to serve and holds the turn serves it after [`LOAD_MAX`].
//! * A slow reader never puts an old value back into L2: every write deletes the fence under which
//!   fills are admitted, and state that L2 lost refuses. Of two loads under one fence the newer
//!   version stays. See [`step`].
//! * What L2 has forgotten comes back into L2 by a load or a write and by nothing else. When the
//!   table fails, an environment may serve what is left in its own memory, marked as old; it hands
//!   that to nobody.
//! * A write-through replaces older versions only.
//! * An environment's memory is behind by `l1_ttl` at most, on the wall clock, counted from when a value was asked for.
//! * A client that has seen a version ([`Cx::seen`](crate::context::Cx)) is never answered with an older one, from no layer.
//! * Absence is cached, for less time: a flood of ids that do not exist reaches the table once an id and `negative_ttl`.
//! * L2 slow, gone, restarted, or answering rubbish: reads go on with memory and table. The table gone: entries are served
//!   until their `stale_if_error` ends; after that the load's error is the answer.
//! * An answer from an entry that is only good because the table fails or is slow says so:
//!   `Degraded` names the value's kind ([`CacheKey::KIND`]), `Age` says how old it is, and the CDN
//!   keeps it for a few seconds.
//! * Memory never exceeds its bytes.
//!
//! # What it does not do
//! After a failover of L2, which replicates asynchronously, an old value may come back for at most
//! its ttl. Without L2 there are no turns and no shared write-through; `l1_ttl` and seen versions
//! still hold. Values that must end at once, such as sessions, set `l1_ttl` to zero; the code that
//! ends one forgets it and reports success only when L2 has answered.
//!
//! # Costs
//! A hit in memory is a key, a lookup and a clone of the value; keep big values behind an `Arc`. A
//! hit in L2 is one round trip. A refresh is three (entry, turn, fill) and the load, for one
//! reader; for the others it is two. A read that has only a fallback waits 30 ms for the holder of
//! the turn, once, unless loads are known to be slow.
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
mod finish;
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

pub use cached::{Cached, Source};
pub use key::{CacheKey, Name};
pub use pages::PageKey;
pub use policy::{LOAD_MAX, Policy, TURN_MAX};
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
    /// Fails with the load's error, and only when there is no entry that could be served in its
    /// place. A stale answer says so in [`Cached::stale`]; one that is served because the table
    /// fails or is slow is named in [`Cx::answer`](Cx), with its age. How the read went is counted in
    /// the wide event and noted for the answer's `Cache-Status`.
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
