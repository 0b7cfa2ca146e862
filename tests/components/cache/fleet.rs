//! Two hundred environments read one hot key.

use super::*;
use futures_util::future::join_all;
use shared::cache::Source;
use shared::telemetry::fields;
use tests::line::ReadLine as _;
use tests::redis::Redis;

const ENVIRONMENTS: usize = 200;
const EXPIRIES: u64 = 20;

#[tokio::test]
async fn a_hot_key_is_loaded_once_an_expiry_and_nobody_waits_but_who_loads() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let fleet: Vec<_> = (0..ENVIRONMENTS).map(|_| environment(&redis.url(), &clock)).collect();
    table.write(7);
    version(&fleet[0], &clock, &table, 7).await;
    assert_eq!(table.loads(), 1, "the first load");

    for expiry in 1..=EXPIRIES {
        clock.advance(TTL);
        table.write(7);
        // Each asks several times while it is being loaded.
        let outcomes = join_all(fleet.iter().map(async |cache| {
            let mut outcomes = Vec::new();
            for _ in 0..3 {
                let cx = cx(&clock);
                let load = async |_: Consistency| {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    table.load(7)
                };
                let cached = cache.read(&cx, &Key(7), load).await.unwrap().unwrap();
                outcomes.push((cached.source, cx.counted(fields::TURN_WAITS)));
            }
            outcomes
        }))
        .await;
        assert_eq!(table.loads(), 1 + expiry, "1.0 loads an expiry");
        let all = outcomes.concat();
        assert_eq!(all.iter().filter(|(source, _)| *source == Source::Table).count(), 1);
        assert!(all.iter().all(|(_, waits)| *waits == 0), "nobody waits at a refresh");
    }
    assert_eq!(version(&fleet[9], &clock, &table, 7).await, 1 + EXPIRIES);
}

#[tokio::test]
async fn a_flood_for_a_key_that_is_nowhere_is_one_load() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let fleet: Vec<_> = (0..ENVIRONMENTS).map(|_| environment(&redis.url(), &clock)).collect();
    table.write(7);
    for (id, found) in [(7, 1), (404, 0)] {
        let before = table.loads();
        let versions = join_all(fleet.iter().map(|cache| version(cache, &clock, &table, id))).await;
        assert!(versions.iter().all(|version| *version == found));
        assert_eq!(table.loads() - before, 1, "key {id}");
    }
}

#[tokio::test]
async fn random_ids_reach_the_table_once_each_and_memory_stays_within_its_bytes() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let bytes = 64 << 10;
    let fleet: Vec<_> = (0..4)
        .map(|_| {
            let valkey = Valkey::connect(&redis.url(), patient()).unwrap();
            Cache::new(Some(valkey), clock.clone(), Config { l1_bytes: bytes })
        })
        .collect();
    for round in 0..3 {
        for id in 0..1_000 {
            for cache in &fleet {
                assert_eq!(version(cache, &clock, &table, 1_000_000 + id).await, 0);
                assert!(cache.l1_bytes() <= bytes);
            }
        }
        assert_eq!(table.loads(), 1_000, "in round {round}");
    }
    clock.advance(Key::POLICY.negative_ttl);
    version(&fleet[0], &clock, &table, 1_000_000).await;
    assert_eq!(table.loads(), 1_001, "once more after their time");
}
