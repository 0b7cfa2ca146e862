//! What one hit costs, in memory and in L2, compared with the libraries alone.

use crate::contenders::{BenchItem, BenchKey, CountingTable, TTL, valkey};
use crate::server::Redis;
use redis::AsyncCommands;
use shared::{
    cache::{Cache, CacheKey, Config, Policy},
    clock::Clock,
    context::Cx,
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const HITS: u32 = 200_000;
const ROUNDS: usize = 40;
const CALLS: usize = 1_000;

/// A key that is never in memory, so that each read is an L2 hit.
struct L2Only(u64);

impl CacheKey for L2Only {
    type Value = BenchItem;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(TTL.saturating_mul(60)).l1_ttl(Duration::ZERO);
    fn entity(&self) -> String {
        format!("{{far:{}}}", self.0)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct LatencyResult {
    pub(crate) l1_ns: f64,
    pub(crate) quick_cache_ns: f64,
    pub(crate) l2_us: f64,
    pub(crate) bare_us: f64,
    /// Commands that the server executed for one L2 hit.
    pub(crate) round_trips: f64,
}

pub(crate) async fn measure(redis: &Redis) -> LatencyResult {
    let (clock, table) = (Clock::system(), CountingTable::default());
    let cache = Cache::new(Some(valkey(redis)), clock.clone(), Config::default());
    let cx = Cx::new(clock.clone(), "bench", Duration::from_hours(1));
    let load = async |_| Ok::<_, ()>(Some(table.item(7)));

    // Memory: the best of several runs, because the machine does other work, too.
    let mut l1_ns = f64::MAX;
    for _ in 0..10 {
        let started = Instant::now();
        for _ in 0..HITS / 10 {
            black_box(cache.read(&cx, &BenchKey(7), load).await.ok());
        }
        l1_ns = l1_ns.min(nanos(started, HITS / 10));
    }
    let bare = quick_cache::sync::Cache::<String, BenchItem>::new(1_000);
    bare.insert("{item:7}".to_owned(), table.item(7));
    let mut quick_cache_ns = f64::MAX;
    for _ in 0..10 {
        let started = Instant::now();
        for _ in 0..HITS / 10 {
            black_box(bare.get(&format!("{{item:{}}}", black_box(7))));
        }
        quick_cache_ns = quick_cache_ns.min(nanos(started, HITS / 10));
    }

    // L2: by turns, so that other work on the machine slows both alike.
    let client = redis::Client::open(redis.url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    cache.read(&cx, &L2Only(7), load).await.ok();
    let before = commands(redis);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for _ in 0..CALLS {
            let started = Instant::now();
            black_box(cache.read(&cx, &L2Only(7), load).await.ok());
            ours.push(started.elapsed());
        }
        for _ in 0..CALLS {
            let started = Instant::now();
            black_box(connection.get::<_, Option<Vec<u8>>>("{far:7}:v1").await.expect("an answer"));
            theirs.push(started.elapsed());
        }
    }
    let all = commands(redis) - before;
    let each = f64::from(u32::try_from(ROUNDS * CALLS).unwrap_or(u32::MAX));
    LatencyResult {
        l1_ns,
        quick_cache_ns,
        l2_us: median(ours),
        bare_us: median(theirs),
        round_trips: (all - each) / each,
    }
}

fn nanos(started: Instant, times: u32) -> f64 {
    started.elapsed().as_secs_f64() * 1e9 / f64::from(times)
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.sort_unstable();
    all[all.len() / 2].as_secs_f64() * 1e6
}

/// The number of commands that the server has executed before this one.
fn commands(redis: &Redis) -> f64 {
    let stats = redis.command(&["INFO", "stats"]);
    let line = stats.lines().find_map(|line| line.strip_prefix("total_commands_processed:")).unwrap_or("0");
    line.trim().parse().unwrap_or(0.0)
}
