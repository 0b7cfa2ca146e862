//! The cache against a real server: its promises, and each way in which it could break them.

mod chaos;
mod contract;
mod faults;
mod fleet;
mod lists;
mod model;
mod modes;
mod races;
mod readers;
mod schedule;
mod scripts;
mod simulation;
mod slow;
mod world;
mod writers;

use serde::{Deserialize, Serialize};
use shared::{
    cache::{Cache, CacheKey, Cached, Config, Policy},
    clock::Clock,
    context::Cx,
    valkey::{Timeouts, Valkey},
    version::{Consistency, Version, Versioned},
};
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Where tests that move the clock begin.
const START: i64 = 1_800_000_000_000;
const TTL: Duration = Duration::from_mins(1);
const STALE: Duration = Duration::from_secs(10);
const ERROR: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Thing {
    id: u64,
    version: Version,
    text: String,
}

impl Versioned for Thing {
    fn version(&self) -> Version {
        self.version
    }
}

struct Key(u64);

impl CacheKey for Key {
    type Value = Thing;
    const SCHEMA: u16 = 3;
    const POLICY: Policy = Policy::new(TTL).jitter(0.0).stale_while_revalidate(STALE).stale_if_error(ERROR);
    fn entity(&self) -> String {
        format!("{{thing:{}}}", self.0)
    }
}

/// A view that derives from a thing.
struct View(u64);

impl CacheKey for View {
    type Value = Thing;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Key::POLICY;
    fn entity(&self) -> String {
        Key(self.0).entity()
    }
    fn part(&self) -> &'static str {
        "view"
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Dead;

/// The table: counts what reaches it, and can be dead.
#[derive(Default)]
struct Table {
    things: Mutex<HashMap<u64, Thing>>,
    loads: AtomicU64,
    dead: AtomicBool,
}

impl Table {
    fn write(&self, id: u64) -> Thing {
        let mut things = self.things.lock().unwrap();
        let version = things.get(&id).map_or(Version::FIRST, |thing| thing.version.next());
        let thing = Thing { id, version, text: format!("thing {id} at {version}") };
        things.insert(id, thing.clone());
        thing
    }

    fn load(&self, id: u64) -> Result<Option<Thing>, Dead> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        if self.dead.load(Ordering::SeqCst) {
            return Err(Dead);
        }
        Ok(self.things.lock().unwrap().get(&id).cloned())
    }

    fn loads(&self) -> u64 {
        self.loads.load(Ordering::SeqCst)
    }
}

/// Long enough for a busy machine: what a test measures is not the timeout.
fn patient() -> Timeouts {
    Timeouts { command: Duration::from_secs(2), connect: Duration::from_secs(2), window: Duration::from_millis(200) }
}

/// An execution environment: a cache and a connection of its own.
fn environment(url: &str, clock: &Clock) -> Cache {
    Cache::new(Some(Valkey::connect(url, patient()).unwrap()), clock.clone(), Config::default())
}

fn cx(clock: &Clock) -> Cx {
    Cx::new(clock.clone(), "test", Duration::from_mins(1))
}

/// Reads a thing as a route would.
async fn read(cache: &Cache, cx: &Cx, table: &Table, id: u64) -> Result<Option<Cached<Thing>>, Dead> {
    cache.read(cx, &Key(id), async |_: Consistency| table.load(id)).await
}

/// The version that a read answers with; zero for nothing.
async fn version(cache: &Cache, clock: &Clock, table: &Table, id: u64) -> u64 {
    read(cache, &cx(clock), table, id).await.unwrap().map_or(0, |cached| cached.value.version.0)
}
