//! A writer overtakes a slow reader, which must not put its old value back.

use super::*;

#[tokio::test]
async fn a_slow_reader_never_puts_an_old_value_back_over_a_put() {
    let outcome = paused(async |_, writer, clock, table| {
        let new = table.write(7);
        writer.put(&cx(clock), &Key(7), &new, &[]).await.unwrap();
    });
    assert_eq!(outcome.await, (1, 2));
}

#[tokio::test]
async fn nor_after_an_invalidation() {
    let outcome = paused(async |_, writer, clock, table| {
        table.write(7);
        writer.forget(&cx(clock), &[Name::of(&Key(7))]).await.unwrap();
    });
    assert_eq!(outcome.await, (1, 2));
}

#[tokio::test]
async fn nor_after_the_stream_s_consumer() {
    let outcome = paused(async |_, writer, clock, table| {
        let new = table.write(7);
        writer.outdate(&cx(clock), &Key(7), new.version, &[]).await.unwrap();
    });
    assert_eq!(outcome.await, (1, 2));
}

#[tokio::test]
async fn nor_after_an_invalidation_and_an_eviction() {
    let outcome = paused(async |redis, writer, clock, table| {
        let new = table.write(7);
        writer.put(&cx(clock), &Key(7), &new, &[]).await.unwrap();
        redis.command(&["FLUSHALL"]);
    });
    assert_eq!(outcome.await, (1, 2));
}

#[tokio::test]
async fn nor_after_a_restart() {
    let outcome = paused(async |redis, writer, clock, table| {
        let new = table.write(7);
        writer.put(&cx(clock), &Key(7), &new, &[]).await.unwrap();
        redis.restart();
    });
    // The first call after a restart finds its connection cut; the fill is then not refused but
    // lost.
    assert_eq!(outcome.await.1, 2);
}

#[tokio::test]
async fn nor_when_another_has_loaded_after_its_turn_was_over() {
    let outcome = paused(async |redis, writer, clock, table| {
        // The write's second step is lost, so that both load under one fence.
        table.write(7);
        redis.command(&["DEL", "{thing:7}:v3:turn"]);
        assert_eq!(version(writer, clock, table, 7).await, 2);
    });
    assert_eq!(outcome.await, (1, 2));
}

#[tokio::test]
async fn nor_in_its_own_memory_for_longer_than_memory_lasts() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    let load = async |_: Consistency| {
        let value = table.load(7);
        clock.advance(Key::POLICY.l1_ttl);
        value
    };
    cache.read(&cx(&clock), &Key(7), load).await.unwrap();
    let new = table.write(7);
    environment(&redis.url(), &clock).put(&cx(&clock), &Key(7), &new, &[]).await.unwrap();
    assert_eq!(version(&cache, &clock, &table, 7).await, 2);
}
