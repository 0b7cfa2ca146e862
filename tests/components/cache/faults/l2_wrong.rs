//! Entries of L2 that cannot be read, and connections that died unseen.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

#[tokio::test]
async fn entries_that_cannot_be_read_are_loaded_and_replaced() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    table.write(7);
    let good = |version: &str, schema: &str, payload: &str| {
        format!("{version:0>16}ffffffffffff{schema:0>4}fffffffffffffffffffffffffffffffffff0+{payload}")
    };
    for bytes in [
        String::new(),
        "garbage".to_owned(),
        "z".repeat(500),
        "f".repeat(500),
        good("1", "3", "{\"of\":\"another struct\"}"),
        good("ffffffffffffffff", "3", "{}"),
        good("1", "9", "{\"id\":7,\"version\":1,\"text\":\"of another schema\"}"),
    ] {
        let cache = environment(&redis.url(), &clock);
        redis.command(&["SET", "{thing:7}:v3", &bytes]);
        assert_eq!(version(&cache, &clock, &table, 7).await, 1, "{bytes}");
        let other = environment(&redis.url(), &clock);
        assert_eq!(read(&other, &cx(&clock), &table, 7).await.unwrap().unwrap().source, Source::L2, "{bytes}");
    }
    // Not even a string.
    redis.command(&["DEL", "{thing:7}:v3"]);
    redis.command(&["LPUSH", "{thing:7}:v3", "x"]);
    let cache = environment(&redis.url(), &clock);
    assert_eq!(version(&cache, &clock, &table, 7).await, 1);
}

#[tokio::test]
async fn an_unreadable_entry_does_not_shield_a_slow_reader_from_a_put() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (cache, writer) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(7);
    redis.command(&["SET", "{thing:7}:v3", &"z".repeat(100)]);
    let load = async |_: Consistency| {
        let old = table.load(7);
        let new = table.write(7);
        writer.put(&cx(&clock), &Key(7), &new, &[]).await.unwrap();
        old
    };
    cache.read(&cx(&clock), &Key(7), load).await.unwrap();
    assert_eq!(version(&environment(&redis.url(), &clock), &clock, &table, 7).await, 2);
}

#[tokio::test]
async fn a_thaw_finds_a_dead_connection_and_the_request_does_not() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let proxy = Proxy::to(redis.address());
    let cache = environment(&proxy.url(), &clock);
    table.write(7);
    version(&cache, &clock, &table, 7).await;
    clock.advance(Duration::from_secs(30));
    proxy.drop_connections();
    let cx = cx(&clock);
    let cached = read(&cache, &cx, &table, 7).await.unwrap().unwrap();
    assert_eq!((cached.source, cx.counted(fields::VALKEY_ERRORS)), (Source::L2, 0));
}
