//! A minute of traffic: 1,000 requests a second over 100,000 keys, Zipf 0.99, one in a hundred a
//! write.

use crate::contenders::{Contender, CountingTable, Environment};
use crate::server::Redis;
use shared::{cache::Source, clock::Clock};
use std::{collections::HashMap, time::Duration};

pub(crate) const FLEETS: [usize; 4] = [1, 10, 50, 200];
pub(crate) const REQUESTS: u32 = 60_000;
const KEYS: usize = 100_000;
const EXPONENT: f64 = 0.99;
/// An answer is old when its version was replaced longer ago than this, in milliseconds. The time
/// covers what memory may keep, and a refresh.
const OLD_MS: i64 = 5_000;
const WRITES: u64 = 100;

/// What a minute of traffic did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrafficResult {
    pub(crate) contender: Contender,
    pub(crate) environments: usize,
    pub(crate) reads: u32,
    pub(crate) l1: u32,
    pub(crate) l2: u32,
    pub(crate) loads: u64,
    /// Answers with a version that had been replaced more than five seconds before.
    pub(crate) old: u32,
}

pub(crate) async fn play(redis: &Redis, contender: Contender, environments: usize) -> TrafficResult {
    redis.command(&["FLUSHALL"]);
    let (clock, table, zipf) = (Clock::manual(1_800_000_000_000), CountingTable::default(), Zipf::new());
    let mut fleet = Vec::new();
    for _ in 0..environments {
        fleet.push(Environment::new(contender, redis, &clock).await);
    }
    // The same seed, and so the same requests, for each contender.
    let mut random = TrafficRandom(42);
    let mut written = HashMap::<u64, Vec<(i64, u64)>>::new();
    let mut outcome = TrafficResult { contender, environments, reads: 0, l1: 0, l2: 0, loads: 0, old: 0 };
    for _ in 0..REQUESTS {
        clock.advance(Duration::from_millis(1));
        let at = usize::try_from(random.below(environments as u64)).unwrap_or(0);
        let id = zipf.draw(random.fraction());
        if random.below(WRITES) == 0 {
            let item = table.write(id);
            fleet[at].written(&item).await;
            written.entry(id).or_default().push((clock.now_ms(), item.version.0));
            continue;
        }
        let (item, source) = fleet[at].read(&table, id).await;
        outcome.reads += 1;
        outcome.l1 += u32::from(source == Source::L1);
        outcome.l2 += u32::from(source == Source::L2);
        let due = written.get(&id).and_then(|writes| {
            writes.iter().rev().find(|(when, _)| *when < clock.now_ms() - OLD_MS).map(|(_, version)| *version)
        });
        outcome.old += u32::from(due.is_some_and(|due| item.version.0 < due));
    }
    outcome.loads = table.loads.get();
    outcome
}

/// The Zipf distribution, as the running sums of its weights.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new() -> Self {
        let mut sum = 0.0;
        let sums = (1..=KEYS).map(|rank| {
            sum += f64::from(u32::try_from(rank).unwrap_or(u32::MAX)).powf(-EXPONENT);
            sum
        });
        Self(sums.collect())
    }

    fn draw(&self, fraction: f64) -> u64 {
        let target = fraction * self.0[KEYS - 1];
        self.0.partition_point(|sum| *sum < target) as u64
    }
}

/// Knuth's linear congruential generator: a run can be repeated.
struct TrafficRandom(u64);

impl TrafficRandom {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 32).unwrap_or(0)
    }

    fn below(&mut self, n: u64) -> u64 {
        (u64::from(self.next()) * n) >> 32
    }

    fn fraction(&mut self) -> f64 {
        f64::from(self.next()) / (f64::from(u32::MAX) + 1.0)
    }
}
