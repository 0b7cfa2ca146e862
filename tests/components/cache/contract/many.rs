//! Many keys in one call.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

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
        assert_eq!((cx.counted(fields::L2_HIT), cx.counted(fields::CACHE_MISS)), (hits, misses));
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
    assert_eq!((found.iter().flatten().count(), cx.counted(fields::TURN_WAITS)), (20, 0));
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
