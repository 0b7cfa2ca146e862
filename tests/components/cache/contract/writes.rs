//! Writes: what they replace, and what they cannot undo.

use super::*;

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
