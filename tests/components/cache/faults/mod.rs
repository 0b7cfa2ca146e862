//! L2 dead, hanging, talking rubbish; the table dead.

use super::*;
use shared::{
    cache::{AGE, Name, STATUS, Source},
    resilience::DEGRADED,
};
use std::time::Instant;
use tests::redis::{Proxy, Redis, Wire};

/// Short enough to count, long enough for a busy machine to answer in when it is well.
fn hasty() -> Timeouts {
    Timeouts {
        command: Duration::from_millis(150),
        connect: Duration::from_millis(150),
        window: Duration::from_secs(1),
    }
}

/// With the wire in this state every read is answered, at most the timeouts of a breaker's windows are waited for, and L2 is
/// used again within two seconds of its return.
async fn survives(wire: Wire) {
    let (redis, clock, table) = (Redis::start(), Clock::system(), Table::default());
    let proxy = Proxy::to(redis.address());
    let valkey = Valkey::connect(&proxy.url(), hasty()).unwrap();
    let cache = Cache::new(Some(valkey.clone()), clock.clone(), Config::default());
    (0..10_000).for_each(|id| drop(table.write(id)));
    assert_eq!(version(&cache, &clock, &table, 0).await, 1);

    proxy.set(wire);
    let (started, mut slow, mut id, mut errors) = (Instant::now(), 0, 1, 0);
    while started.elapsed() < Duration::from_millis(2_500) {
        let (cx, asked) = (cx(&clock), Instant::now());
        let cached = read(&cache, &cx, &table, id).await.unwrap().unwrap();
        assert_eq!((cached.value.id, cached.source), (id, Source::Table));
        slow += u32::from(asked.elapsed() > Duration::from_millis(100));
        errors += cx.event.counted("valkey_errors");
        id += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Three failures open the breaker; then one call a window of a second tries.
    assert!(errors <= 3 + 3, "{errors} calls were sent to a dead server");
    assert!(slow <= 3 + 3, "{slow} reads waited for a dead server");
    assert!(valkey.is_open() && id > 500);

    proxy.set(Wire::Pass);
    let back = Instant::now();
    loop {
        let cx = cx(&clock);
        read(&cache, &cx, &table, id).await.unwrap();
        if cx.event.fact(STATUS).unwrap() == "l2; fwd=miss; stored" {
            break;
        }
        id += 1;
        assert!(back.elapsed() < Duration::from_secs(2), "L2 is not used again");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn l2_dead() {
    survives(Wire::Cut).await;
}

#[tokio::test]
async fn l2_hanging() {
    survives(Wire::Hang).await;
}

#[tokio::test]
async fn l2_answering_what_is_not_the_protocol() {
    survives(Wire::Garbage).await;
}

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
        assert_eq!(cx.event.fact(STATUS).unwrap(), format!("l2; {status}; ttl=-10; detail=stale-if-error").as_str());
        assert_eq!(cx.event.counted("turn_waits"), 0, "nobody waits for a table that fails");
        let said = [DEGRADED, AGE].map(|fact| cx.event.fact(fact).unwrap());
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
    assert_eq!((cached.source, cx.event.counted("valkey_errors")), (Source::L2, 0));
}
