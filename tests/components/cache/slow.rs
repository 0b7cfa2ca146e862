//! A table that is slower than a turn, with a real server. `schedule.rs` has the figures, on a
//! clock of its own.

use super::*;
use futures_util::future::join_all;
use shared::cache::{LOAD_MAX, Source, TURN_MAX};
use shared::telemetry::fields;
use std::time::Instant;
use tests::line::ReadLine as _;
use tests::redis::Redis;
use tokio::time::sleep;

const ENVIRONMENTS: usize = 30;

/// A key whose entries are fresh for a second.
struct Brief;

impl CacheKey for Brief {
    type Value = Thing;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(Duration::from_secs(1)).l1_ttl(Duration::ZERO).jitter(0.0);
    fn entity(&self) -> String {
        "{brief}".to_owned()
    }
}

/// No more loads than turns: the server ends turns by its own clock, so that this holds on a busy
/// machine too.
fn assert_one_load_a_turn(table: &Table, since: Instant) {
    let turns = since.elapsed().as_millis() / Key::POLICY.turn.as_millis() + 1;
    assert!(u128::from(table.loads()) <= turns, "{} loads in {turns} turns", table.loads());
}

#[tokio::test]
async fn loads_that_outlast_their_turns_are_filled_in_again_and_again() {
    let (redis, clock, table) = (Redis::start(), Clock::system(), Table::default());
    table.write(7);
    let (started, refreshed) = (Instant::now(), AtomicU64::new(0));
    let enough = || refreshed.load(Ordering::SeqCst) >= 4 || started.elapsed() > Duration::from_secs(30);
    let fleet: Vec<_> = (0..ENVIRONMENTS).map(|_| environment(&redis.url(), &clock)).collect();
    let refused: Vec<u64> = join_all(fleet.iter().map(async |cache| {
        let mut refused = 0;
        while !enough() {
            let cx = cx(&clock);
            let load = async |_: Consistency| {
                let value = table.load(7);
                sleep(Duration::from_millis(600)).await;
                value
            };
            cache.read(&cx, &Brief, load).await.unwrap().unwrap();
            let stored = cx.fact(fields::CACHE_STATUS).is_some_and(|s| s.as_str().unwrap().contains("stored"));
            refreshed.fetch_add(u64::from(stored), Ordering::SeqCst);
            refused += cx.counted(fields::FILL_REFUSED);
            sleep(Duration::from_millis(10)).await;
        }
        refused
    }))
    .await;
    assert!(refreshed.load(Ordering::SeqCst) >= 4, "the entry is not refreshed");
    // Only a load that was overtaken by a later one is.
    let refused = refused.iter().sum::<u64>();
    assert!(refused < refreshed.load(Ordering::SeqCst), "nobody wrote, and {refused} loads were in vain");
    assert_one_load_a_turn(&table, started);
}

#[tokio::test]
async fn a_reader_that_has_something_to_serve_does_not_wait_for_another_s_load() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let fleet: Vec<_> = (0..ENVIRONMENTS).map(|_| environment(&redis.url(), &clock)).collect();
    table.write(7);
    version(&fleet[0], &clock, &table, 7).await;
    clock.advance(TTL + STALE);
    let started = Instant::now();
    let served = join_all(fleet[1..].iter().map(async |cache| {
        let (cx, asked, mut loads) = (cx(&clock), Instant::now(), 0_u64);
        let load = async |_: Consistency| {
            loads += 1;
            std::future::pending::<Result<Option<Thing>, Dead>>().await
        };
        let cached = cache.read(&cx, &Key(7), load).await.unwrap().unwrap();
        assert_eq!((cached.source, cached.stale), (Source::L2, Some(STALE)));
        (loads, asked.elapsed())
    }))
    .await;
    let loads: u64 = served.iter().map(|(loads, _)| loads).sum();
    assert!(u128::from(loads) <= started.elapsed().as_millis() / 200 + 1, "{loads} loads");
    assert!(served.iter().all(|(loads, took)| *loads == 1 || *took < LOAD_MAX), "{served:?}");
}

/// Milliseconds until a key ends.
fn ends_in(redis: &Redis, key: &str) -> i64 {
    redis.command(&["PTTL", key]).trim().trim_start_matches(':').parse().unwrap()
}

/// A key whose turns are as long as turns may be.
struct Patient;

impl CacheKey for Patient {
    type Value = Thing;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Key::POLICY.turn(TURN_MAX);
    fn entity(&self) -> String {
        "{patient}".to_owned()
    }
}

#[tokio::test]
async fn turns_grow_while_loads_fail_and_begin_anew_after_a_fill() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    let turns = async |dead: bool| {
        table.dead.store(dead, Ordering::SeqCst);
        redis.command(&["DEL", "{patient}:v1:turn"]);
        clock.advance(TTL);
        let load = async |_: Consistency| table.load(7);
        let cached = cache.read(&cx(&clock), &Patient, load).await.unwrap().unwrap();
        (cached.stale.is_some(), ends_in(&redis, "{patient}:v1:turn"))
    };
    assert_eq!(turns(false).await, (false, -2), "a fill ends the turn");
    let (stale, left) = turns(true).await;
    assert!(stale && left <= 500, "{left}");
    let (stale, left) = turns(true).await;
    assert!(stale && left > 500, "{left}");
    assert_eq!(turns(false).await, (false, -2));
    let (_, left) = turns(true).await;
    assert!(left <= 500, "{left}");
}

#[tokio::test]
async fn a_load_that_outlasts_the_fence_is_served_without() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    version(&cache, &clock, &table, 7).await;
    clock.advance(TTL);
    let load = async |_: Consistency| std::future::pending::<Result<Option<Thing>, Dead>>().await;
    let started = Instant::now();
    let cached = cache.read(&cx(&clock), &Key(7), load).await.unwrap().unwrap();
    assert_eq!((cached.source, cached.stale), (Source::L2, Some(Duration::ZERO)));
    assert!(started.elapsed() >= LOAD_MAX);
}
