//! What each layer promises while everything is well.

use super::{modes::calls, *};
use shared::cache::{Name, STATUS, Source};
use tests::redis::Redis;

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
        seen.push((cached.source, cx.event.fact(STATUS).unwrap().as_str().unwrap().to_owned()));
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
async fn a_write_through_shows_everywhere_and_derived_entries_are_gone() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (writer, reader) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(7);
    version(&reader, &clock, &table, 7).await;
    let view = async |cache: &Cache| {
        let view = cache.read(&cx(&clock), &View(7), async |_| table.load(7)).await.unwrap().unwrap();
        view.value.version.0
    };
    assert_eq!(view(&writer).await, 1);
    let thing = table.write(7);
    writer.put(&cx(&clock), &Key(7), &thing, &[Name::of(&View(7))]).await.unwrap();
    assert_eq!(version(&writer, &clock, &table, 7).await, 2, "at once where it was written");
    assert_eq!(view(&writer).await, 2, "also what derives from it");
    clock.advance(Key::POLICY.l1_ttl);
    let loads = table.loads();
    assert_eq!(version(&reader, &clock, &table, 7).await, 2, "elsewhere after its time in memory");
    assert_eq!(table.loads(), loads, "without a load");
}

#[tokio::test]
async fn a_write_into_an_empty_slot_is_trusted_for_five_seconds() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (writer, reader) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    let old = table.write(7);
    table.write(7);
    // The slot was emptied by the newer write's deletion; the older write comes late.
    writer.put(&cx(&clock), &Key(7), &old, &[]).await.unwrap();
    clock.advance(Duration::from_secs(5));
    assert_eq!(version(&reader, &clock, &table, 7).await, 2);
}

#[tokio::test]
async fn an_older_put_loses() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (late, early) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    let (old, new) = (table.write(7), table.write(7));
    early.put(&cx(&clock), &Key(7), &new, &[]).await.unwrap();
    late.put(&cx(&clock), &Key(7), &old, &[]).await.unwrap();
    clock.advance(Key::POLICY.l1_ttl);
    assert_eq!(version(&late, &clock, &table, 7).await, 2);
    assert_eq!(table.loads(), 0);
}

#[tokio::test]
async fn forgetting_reaches_all_views_and_the_schemas_before_and_after() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    version(&cache, &clock, &table, 7).await;
    for schema in [2, 4] {
        redis.command(&["SET", &format!("{{thing:7}}:v{schema}"), "of another deploy"]);
    }
    cache.forget(&cx(&clock), &[Name::of(&Key(7)), Name::of(&View(7))]).await.unwrap();
    assert_eq!(redis.command(&["DBSIZE"]), ":0\r\n");
    table.write(7);
    assert_eq!(version(&cache, &clock, &table, 7).await, 2);
}

#[tokio::test]
async fn a_late_consumer_of_the_stream_leaves_a_newer_entry_alone() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (writer, worker) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    let (old, new) = (table.write(7), table.write(7));
    writer.put(&cx(&clock), &Key(7), &new, &[]).await.unwrap();
    for thing in [&old, &new] {
        worker.outdate(&cx(&clock), &Key(7), thing.version, &[]).await.unwrap();
    }
    assert_eq!(version(&worker, &clock, &table, 7).await, 2);
    assert_eq!(table.loads(), 0, "it is still there");
    worker.outdate(&cx(&clock), &Key(7), Version(3), &[]).await.unwrap();
    assert_eq!(redis.command(&["DBSIZE"]), ":0\r\n", "what is older goes");
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
async fn many_keys_cost_one_question_and_one_load() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (one, other) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    (0..60).for_each(|id| drop(table.write(id)));
    for id in 0..20 {
        version(&one, &clock, &table, id).await;
    }
    let keys: Vec<_> = (0..100).rev().map(Key).collect();
    let many = async |cache: &Cache, cx: &Cx| {
        let load = async |at: Vec<usize>, _| at.into_iter().map(|at| table.load(keys[at].0)).collect();
        cache.read_many(cx, &keys, load).await.unwrap()
    };
    let before = table.loads();
    for (cache, hits, misses) in [(&other, 20, 80), (&other, 0, 0), (&one, 80, 0)] {
        let cx = cx(&clock);
        let found = many(cache, &cx).await;
        for (key, cached) in keys.iter().zip(&found) {
            assert_eq!(cached.as_ref().map(|cached| cached.value.id), (key.0 < 60).then_some(key.0));
        }
        assert_eq!((cx.event.counted("l2_hit"), cx.event.counted("cache_miss")), (hits, misses));
    }
    assert_eq!(table.loads() - before, 80);
}

#[tokio::test]
async fn many_keys_ask_once_each_for_turns_that_others_hold() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (one, other) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    (0..20).for_each(|id| drop(table.write(id)));
    for id in 10..20 {
        version(&one, &clock, &table, id).await;
    }
    clock.advance(TTL);
    for id in 0..20 {
        redis.command(&["SET", &format!("{{thing:{id}}}:v3:turn"), "stranger", "PX", "60000"]);
    }
    let before = evaluations(&redis);
    let keys: Vec<_> = (0..20).map(Key).collect();
    let load = async |at: Vec<usize>, _| {
        assert_eq!(at, (0..10).collect::<Vec<_>>(), "what is stale is served");
        at.into_iter().map(|at| table.load(keys[at].0)).collect()
    };
    let cx = cx(&clock);
    let found = other.read_many(&cx, &keys, load).await.unwrap();
    assert_eq!((found.iter().flatten().count(), cx.event.counted("turn_waits")), (20, 0));
    assert_eq!(evaluations(&redis) - before, 20);
}

/// How many scripts the server has run.
fn evaluations(redis: &Redis) -> u64 {
    calls(redis, "evalsha") + calls(redis, "eval")
}

#[tokio::test]
async fn many_keys_are_served_as_they_are_when_the_table_hangs() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    (0..3).for_each(|id| drop(table.write(id)));
    for id in 0..3 {
        version(&cache, &clock, &table, id).await;
    }
    clock.advance(TTL);
    let keys: Vec<_> = (0..3).map(Key).collect();
    let load = async |_, _| std::future::pending::<Result<Vec<Option<Thing>>, Dead>>().await;
    let found = cache.read_many(&cx(&clock), &keys, load).await.unwrap();
    assert!(found.into_iter().all(|cached| cached.unwrap().stale.is_some()));
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
    assert_eq!(cx.event.fact(STATUS).unwrap(), "l1; fwd=stale");
}
