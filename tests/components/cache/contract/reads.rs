//! Reads: from memory, from L2, and of keys that have no value.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

#[tokio::test]
async fn one_environment_s_load_is_another_s_hit() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (one, other) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    let thing = table.write(7);
    let mut seen = Vec::new();
    for cache in [&one, &one, &other, &other] {
        let cx = cx(&clock);
        let cached = read(cache, &cx, &table, 7).await.unwrap().unwrap();
        assert_eq!((cached.value, cached.stale), (thing.clone(), None));
        seen.push((cached.source, cx.fact(fields::CACHE_STATUS).unwrap().as_str().unwrap().to_owned()));
    }
    let expected = [
        (Source::Table, "l2; fwd=miss; stored"),
        (Source::L1, "l1; hit"),
        (Source::L2, "l2; hit; ttl=60"),
        (Source::L1, "l1; hit"),
    ];
    assert_eq!(seen, expected.map(|(source, status)| (source, status.to_owned())));
    assert_eq!(table.loads(), 1);
}

#[tokio::test]
async fn memory_answers_for_its_time_and_l2_after_it() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    version(&cache, &clock, &table, 7).await;
    clock.advance(Key::POLICY.l1_ttl);
    let cached = read(&cache, &cx(&clock), &table, 7).await.unwrap().unwrap();
    assert_eq!((cached.source, cached.ttl), (Source::L2, TTL.checked_sub(Key::POLICY.l1_ttl).unwrap()));
}

#[tokio::test]
async fn a_frozen_environment_wakes_up_with_nothing_to_say() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    assert_eq!(version(&cache, &clock, &table, 7).await, 1);
    table.write(7);
    clock.advance(Duration::from_hours(3));
    assert_eq!(version(&cache, &clock, &table, 7).await, 2);
}

#[tokio::test]
async fn absence_is_cached_for_less_time() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (one, other) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    for cache in [&one, &other, &one, &other] {
        assert_eq!(version(cache, &clock, &table, 404).await, 0);
    }
    assert_eq!(table.loads(), 1);
    clock.advance(Key::POLICY.negative_ttl);
    table.write(404);
    assert_eq!(version(&one, &clock, &table, 404).await, 1);
}

#[tokio::test]
async fn a_client_never_gets_less_than_it_has_seen() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    version(&cache, &clock, &table, 7).await;
    // A write whose second step was lost.
    table.write(7);
    let cx = cx(&clock);
    assert_eq!(read(&cache, &cx, &table, 7).await.unwrap().unwrap().value.version.0, 1, "others may get the old one");
    cx.seen.note("thing#7", Version(2));
    let mut how = None;
    let load = async |consistency| {
        how = Some(consistency);
        table.load(7)
    };
    let cached = cache.read(&cx, &Key(7), load).await.unwrap().unwrap();
    assert_eq!((cached.value.version.0, how), (2, Some(Consistency::Strong)));
    assert_eq!(version(&cache, &clock, &table, 7).await, 2, "and the read has mended the entry for all");
}

#[tokio::test]
async fn without_l2_memory_and_seen_versions_still_hold() {
    let (clock, table) = (Clock::manual(START), Table::default());
    let cache = Cache::new(None, clock.clone(), Config::default());
    table.write(7);
    assert_eq!(version(&cache, &clock, &table, 7).await, 1);
    table.write(7);
    assert_eq!(version(&cache, &clock, &table, 7).await, 1);
    let cx = cx(&clock);
    cx.seen.note("thing#7", Version(2));
    assert_eq!(read(&cache, &cx, &table, 7).await.unwrap().unwrap().value.version.0, 2);
    table.write(7);
    clock.advance(Key::POLICY.l1_ttl);
    assert_eq!(version(&cache, &clock, &table, 7).await, 3);
    assert_eq!(cx.fact(fields::CACHE_STATUS).unwrap(), "l1; fwd=stale");
}
