//! Four ways to read an item. Each is what one execution environment does.

use crate::server::Redis;
use quick_cache::sync::Cache as QuickCache;
use redis::{AsyncCommands, aio::MultiplexedConnection};
use serde::{Deserialize, Serialize};
use shared::{
    cache::{Cache, CacheKey, Config, Policy, Source},
    clock::Clock,
    context::Cx,
    valkey::{Timeouts, Valkey},
    version::{Version, Versioned},
};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::Duration,
};

pub(crate) const TTL: Duration = Duration::from_mins(1);
const L1_TTL: Duration = Duration::from_secs(2);

/// An item of 224 bytes, about the median of production caches (Yang et al., Twitter, OSDI 2020).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BenchItem {
    id: u64,
    pub(crate) version: Version,
    text: String,
}

impl Versioned for BenchItem {
    fn version(&self) -> Version {
        self.version
    }
}

pub(crate) struct BenchKey(pub(crate) u64);

impl CacheKey for BenchKey {
    type Value = BenchItem;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(TTL).l1_ttl(L1_TTL);
    fn entity(&self) -> String {
        format!("{{item:{}}}", self.0)
    }
}

/// The table: the versions of its items, how often it was read, and how long a read takes.
#[derive(Default)]
pub(crate) struct CountingTable {
    versions: RefCell<HashMap<u64, u64>>,
    pub(crate) loads: Cell<u64>,
    pub(crate) takes: Cell<Duration>,
}

impl CountingTable {
    pub(crate) fn write(&self, id: u64) -> BenchItem {
        *self.versions.borrow_mut().entry(id).or_insert(1) += 1;
        self.item(id)
    }

    pub(crate) fn item(&self, id: u64) -> BenchItem {
        let version = Version(self.versions.borrow().get(&id).copied().unwrap_or(1));
        BenchItem { id, version, text: "x".repeat(190) }
    }

    pub(crate) async fn load(&self, id: u64) -> BenchItem {
        self.loads.set(self.loads.get() + 1);
        let item = self.item(id);
        if !self.takes.get().is_zero() {
            tokio::time::sleep(self.takes.get()).await;
        }
        item
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    None,
    Article,
    Aside,
    Tuesday,
}

impl Contender {
    pub(crate) const ALL: [Self; 4] = [Self::None, Self::Article, Self::Aside, Self::Tuesday];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "no cache",
            Self::Article => "the article's CacheManager",
            Self::Aside => "quick_cache + redis, cache-aside",
            Self::Tuesday => "Tuesday",
        }
    }
}

/// One execution environment, with connections of its own.
pub(crate) enum Environment {
    None,
    /// L1 is a dictionary without limit or expiry; L2 is `GET` and `SETEX` for an hour.
    Article {
        l1: RefCell<HashMap<String, BenchItem>>,
        l2: MultiplexedConnection,
    },
    /// Two seconds in memory, a minute in L2, deleted on a write: the examples of the two
    /// libraries, put together.
    Aside {
        l1: QuickCache<String, (i64, BenchItem)>,
        l2: MultiplexedConnection,
        clock: Clock,
    },
    Tuesday {
        cache: Box<Cache>,
        clock: Clock,
    },
}

impl Environment {
    pub(crate) async fn new(contender: Contender, redis: &Redis, clock: &Clock) -> Self {
        let connect = async || {
            let client = redis::Client::open(redis.url()).expect("an address");
            client.get_multiplexed_async_connection().await.expect("a connection")
        };
        match contender {
            Contender::None => Self::None,
            Contender::Article => Self::Article { l1: RefCell::default(), l2: connect().await },
            Contender::Aside => Self::Aside { l1: QuickCache::new(16_384), l2: connect().await, clock: clock.clone() },
            Contender::Tuesday => {
                let cache = Cache::new(Some(valkey(redis)), clock.clone(), Config::default());
                Self::Tuesday { cache: Box::new(cache), clock: clock.clone() }
            }
        }
    }

    /// The item, and where it came from.
    pub(crate) async fn read(&self, table: &CountingTable, id: u64) -> (BenchItem, Source) {
        match self {
            Self::None => (table.load(id).await, Source::Table),
            Self::Article { l1, l2 } => {
                let key = format!("item:{id}");
                if let Some(item) = l1.borrow().get(&key) {
                    return (item.clone(), Source::L1);
                }
                if let Some(text) = l2.clone().get::<_, Option<String>>(&key).await.expect("an answer") {
                    let item: BenchItem = serde_json::from_str(&text).expect("an item");
                    l1.borrow_mut().insert(key, item.clone());
                    return (item, Source::L2);
                }
                let item = table.load(id).await;
                self.set(&item).await;
                (item, Source::Table)
            }
            Self::Aside { l1, l2, clock } => {
                let (key, now) = (format!("item:{id}"), clock.now_ms());
                if let Some((until, item)) = l1.get(&key)
                    && now < until
                {
                    return (item, Source::L1);
                }
                let memory = now + millis(L1_TTL);
                let found: Option<String> = l2.clone().get(&key).await.expect("an answer");
                let found: Option<(i64, BenchItem)> = found.map(|text| serde_json::from_str(&text).expect("an item"));
                if let Some((until, item)) = found
                    && now < until
                {
                    l1.insert(key, (until.min(memory), item.clone()));
                    return (item, Source::L2);
                }
                let item = table.load(id).await;
                let text = serde_json::to_string(&(now + millis(TTL), &item)).expect("text");
                let _: () = l2.clone().set_ex(&key, text, 3_600).await.expect("an answer");
                l1.insert(key, (memory, item.clone()));
                (item, Source::Table)
            }
            Self::Tuesday { cache, clock } => {
                let cx = Cx::new(clock.clone(), "bench", Duration::from_secs(10));
                let load = async |_| Ok::<_, ()>(Some(table.load(id).await));
                let cached = cache.read(&cx, &BenchKey(id), load).await.ok().flatten().expect("there is one");
                (cached.value, cached.source)
            }
        }
    }

    /// What a write does after it has changed the table.
    pub(crate) async fn written(&self, item: &BenchItem) {
        match self {
            Self::None => {}
            Self::Article { .. } => self.set(item).await,
            Self::Aside { l1, l2, .. } => {
                let key = format!("item:{}", item.id);
                l1.remove(&key);
                let _: () = l2.clone().del(&key).await.expect("an answer");
            }
            Self::Tuesday { cache, clock } => {
                let cx = Cx::new(clock.clone(), "bench", Duration::from_secs(10));
                cache.put(&cx, &BenchKey(item.id), item, &[]).await.expect("an answer");
            }
        }
    }

    /// Empties the memory of the contender whose memory never expires, as a new environment has it.
    pub(crate) fn restart(&self) {
        if let Self::Article { l1, .. } = self {
            l1.borrow_mut().clear();
        }
    }

    async fn set(&self, item: &BenchItem) {
        if let Self::Article { l1, l2 } = self {
            let key = format!("item:{}", item.id);
            l1.borrow_mut().insert(key.clone(), item.clone());
            let text = serde_json::to_string(item).expect("text");
            let _: () = l2.clone().set_ex(&key, text, 3_600).await.expect("an answer");
        }
    }
}

pub(crate) fn valkey(redis: &Redis) -> Valkey {
    let timeouts =
        Timeouts { command: Duration::from_secs(5), connect: Duration::from_secs(5), window: Duration::from_secs(1) };
    Valkey::connect(&redis.url(), timeouts).expect("an address")
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
