//! Loads that outlast their turns, and what other readers do then.

use super::*;

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
