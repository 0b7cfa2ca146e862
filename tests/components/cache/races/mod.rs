//! A reader is slow, and L2 changes meanwhile.

use super::*;
use shared::cache::Name;
use shared::telemetry::fields;
use tests::line::ReadLine as _;
use tests::redis::Redis;
use tokio::sync::oneshot;

/// Reads `Key(7)` with a load that is paused between the table and the fill; `meanwhile` happens in
/// the pause. Returns what another environment reads after it.
async fn paused(meanwhile: impl AsyncFnOnce(&Redis, &Cache, &Clock, &Table)) -> (u64, u64) {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (slow, writer, reader) =
        (environment(&redis.url(), &clock), environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(7);
    let (loaded, has_loaded) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel::<()>();
    let reading = async {
        let load = async |_: Consistency| {
            let value = table.load(7);
            loaded.send(()).unwrap();
            may_go_on.await.unwrap();
            value
        };
        let cx = cx(&clock);
        slow.read(&cx, &Key(7), load).await.unwrap().unwrap();
        cx.counted(fields::FILL_REFUSED)
    };
    let writing = async {
        has_loaded.await.unwrap();
        meanwhile(&redis, &writer, &clock, &table).await;
        go_on.send(()).unwrap();
    };
    let (refused, ()) = tokio::join!(reading, writing);
    // Memory of the slow one is bounded by its time; what matters is what it left for all.
    let seen = version(&reader, &clock, &table, 7).await;
    (refused, seen)
}

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
async fn a_load_that_outlasts_its_turn_is_filled_in_when_nobody_wrote() {
    let outcome = paused(async |redis, _, _, _| {
        redis.command(&["DEL", "{thing:7}:v3:turn"]);
    });
    assert_eq!(outcome.await, (0, 1));
}

#[tokio::test]
async fn nor_does_another_s_failing_load_take_the_right_to_fill_away() {
    let outcome = paused(async |redis, other, clock, table| {
        redis.command(&["DEL", "{thing:7}:v3:turn"]);
        table.dead.store(true, Ordering::SeqCst);
        assert_eq!(read(other, &cx(clock), table, 7).await, Err(Dead));
        table.dead.store(false, Ordering::SeqCst);
    });
    assert_eq!(outcome.await, (0, 1));
}

#[tokio::test]
async fn an_absence_replaces_a_value_whose_deletion_l2_was_not_told_of() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    version(&cache, &clock, &table, 7).await;
    table.things.lock().unwrap().remove(&7);
    clock.advance(TTL);
    let first = cx(&clock);
    assert_eq!(read(&cache, &first, &table, 7).await, Ok(None));
    assert_eq!(first.counted(fields::FILL_REFUSED), 0);
    let other = environment(&redis.url(), &clock);
    assert_eq!((version(&other, &clock, &table, 7).await, table.loads()), (0, 2));
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

#[tokio::test]
async fn a_reader_that_was_overtaken_by_a_fill_takes_that_and_does_not_load() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (one, other) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(7);
    // Both find nothing; one fills before the other takes a turn. The wire is watched instead of
    // the clock: the turn is a stranger's until the fill is there.
    redis.command(&["SET", "{thing:7}:v3:turn", "stranger", "PX", "100"]);
    let waiting = async { version(&one, &clock, &table, 7).await };
    let filling = async {
        redis.command(&["DEL", "{thing:7}:v3:turn"]);
        version(&other, &clock, &table, 7).await
    };
    assert_eq!(tokio::join!(waiting, filling), (1, 1));
    assert_eq!(table.loads(), 1);
}

#[tokio::test]
async fn a_crashed_holder_costs_the_others_a_turn_and_no_more() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    redis.command(&["SET", "{thing:7}:v3:turn", "crashed", "PX", "1000"]);
    redis.command(&["SET", "{thing:7}:v3:fence", "crashedcrashedcr1", "PX", "60000"]);
    let cx = cx(&clock);
    let cached = read(&cache, &cx, &table, 7).await.unwrap().unwrap();
    assert_eq!((cached.value.version.0, table.loads()), (1, 1));
    assert!((1..=40).contains(&cx.counted(fields::TURN_WAITS)), "{:?}", cx.event);
    let other = environment(&redis.url(), &clock);
    assert_eq!((version(&other, &clock, &table, 7).await, table.loads()), (1, 1), "and fills it in");
}
