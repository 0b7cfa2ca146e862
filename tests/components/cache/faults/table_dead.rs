//! The table is dead: what the cache has is served until its end.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

#[tokio::test]
async fn the_table_dead_stale_entries_answer_until_their_end_and_say_so() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (one, other) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(7);
    version(&one, &clock, &table, 7).await;
    table.dead.store(true, Ordering::SeqCst);
    clock.advance(TTL + STALE);
    for (cache, status) in [(&one, "fwd=stale"), (&other, "hit")] {
        if status == "hit" {
            // For as long as the test takes, on a busy machine too.
            redis.command(&["SET", "{thing:7}:v3:turn", "another", "PX", "60000"]);
            redis.command(&["PEXPIRE", "{thing:7}:v3:fence", "60000"]);
        }
        let cx = cx(&clock);
        let cached = read(cache, &cx, &table, 7).await.unwrap().unwrap();
        assert_eq!((cached.value.version.0, cached.stale), (1, Some(STALE)));
        assert_eq!(
            cx.fact(fields::CACHE_STATUS).unwrap(),
            format!("l2; {status}; ttl=-10; detail=stale-if-error").as_str()
        );
        assert_eq!(cx.counted(fields::TURN_WAITS), 0, "nobody waits for a table that fails");
        let said = [fields::DEGRADED, fields::AGE].map(|field| cx.fact(field).unwrap());
        assert_eq!(said, ["thing", "70"], "and how old the value is");
    }
    redis.command(&["DEL", "{thing:7}:v3:turn"]);
    assert_eq!(read(&one, &cx(&clock), &table, 404).await, Err(Dead), "there is nothing to serve");
    clock.advance(ERROR.checked_sub(STALE).unwrap());
    for cache in [&one, &other] {
        assert_eq!(read(cache, &cx(&clock), &table, 7).await, Err(Dead), "it is over");
    }
}

#[tokio::test]
async fn a_failing_load_puts_nothing_that_was_forgotten_back_into_l2() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (reader, writer) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(7);
    assert_eq!(version(&reader, &clock, &table, 7).await, 1);
    table.things.lock().unwrap().remove(&7);
    writer.forget(&cx(&clock), &[Name::of(&Key(7))]).await.unwrap();
    clock.advance(Key::POLICY.l1_ttl);
    table.dead.store(true, Ordering::SeqCst);
    let cached = read(&reader, &cx(&clock), &table, 7).await.unwrap().unwrap();
    assert!(cached.source == Source::L1 && cached.stale.is_some(), "what is left in its memory is its own, and marked");
    assert_eq!(redis.command(&["EXISTS", "{thing:7}:v3"]), ":0\r\n", "and nobody else's");
    table.dead.store(false, Ordering::SeqCst);
    for cache in [&writer, &reader] {
        assert_eq!(version(cache, &clock, &table, 7).await, 0);
    }
}

#[tokio::test]
async fn what_was_forgotten_between_a_reader_s_question_and_its_turn_is_not_served_when_the_table_fails() {
    let (primary, lagging) = (Redis::start(), Redis::start());
    let (clock, table) = (Clock::manual(START), Table::default());
    table.write(7);
    // A reader of L2 that has not heard of the deletion stands for a question that was answered
    // before it.
    version(&environment(&lagging.url(), &clock), &clock, &table, 7).await;
    clock.advance(TTL + STALE);
    table.dead.store(true, Ordering::SeqCst);
    let cache = environment(&format!("{}?reader={}", primary.url(), lagging.address()), &clock);
    assert_eq!(read(&cache, &cx(&clock), &table, 7).await, Err(Dead));
    assert_eq!(primary.command(&["EXISTS", "{thing:7}:v3"]), ":0\r\n");
}

#[tokio::test]
async fn both_dead_memory_answers_until_the_end() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    version(&cache, &clock, &table, 7).await;
    redis.kill();
    table.dead.store(true, Ordering::SeqCst);
    clock.advance(Key::POLICY.l1_ttl);
    let cached = read(&cache, &cx(&clock), &table, 7).await.unwrap().unwrap();
    assert_eq!((cached.source, cached.stale), (Source::L1, Some(Duration::ZERO)), "marked before its time");
    clock.advance(Duration::from_mins(30).checked_sub(Key::POLICY.l1_ttl).unwrap());
    let cached = read(&cache, &cx(&clock), &table, 7).await.unwrap().unwrap();
    assert_eq!((cached.source, cached.stale), (Source::L1, Some(Duration::from_mins(29))));
    clock.advance(ERROR);
    assert_eq!(read(&cache, &cx(&clock), &table, 7).await, Err(Dead));
}

#[tokio::test]
async fn a_dead_table_does_not_make_a_client_see_less_than_it_has() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(7);
    version(&cache, &clock, &table, 7).await;
    table.dead.store(true, Ordering::SeqCst);
    let cx = cx(&clock);
    cx.seen.note("thing#7", Version(2));
    assert_eq!(read(&cache, &cx, &table, 7).await, Err(Dead));
}
