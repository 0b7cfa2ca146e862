//! Cached pages change with any of their items, and a client's token demands a minimum age of them.

use super::*;
use shared::{
    cache::{PageKey, Source},
    sign::Signer,
    token::Tokens,
};
use tests::redis::{Proxy, Redis, Wire};

struct Page(u64);

impl PageKey for Page {
    type Value = Vec<u64>;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Key::POLICY;
    const FAMILY: &'static str = "things";
    fn page(&self) -> String {
        self.0.to_string()
    }
}

pub(super) async fn ask(cache: &Cache, clock: &Clock, table: &Table) -> Result<Cached<Vec<u64>>, Dead> {
    let load = async |_: Consistency| {
        table.load(0)?;
        let mut ids: Vec<_> = table.things.lock().unwrap().keys().copied().collect();
        ids.sort_unstable();
        Ok::<_, Dead>(Some(ids))
    };
    Ok(cache.read_page(&cx(clock), &Page(1), load).await?.unwrap())
}

async fn page(cache: &Cache, clock: &Clock, table: &Table) -> Vec<u64> {
    ask(cache, clock, table).await.unwrap().value
}

async fn forget(cache: &Cache, clock: &Clock) {
    cache.forget_pages::<Page>(&cx(clock)).await.unwrap();
}

#[tokio::test]
async fn a_write_forgets_all_pages_of_a_list() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (writer, reader) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(1);
    assert_eq!(page(&reader, &clock, &table).await, [1]);
    assert_eq!(page(&writer, &clock, &table).await, [1]);
    assert_eq!(table.loads(), 1, "both know the same generation");
    table.write(2);
    forget(&writer, &clock).await;
    assert_eq!(page(&writer, &clock, &table).await, [1, 2]);
    clock.advance(Key::POLICY.l1_ttl);
    assert_eq!(page(&reader, &clock, &table).await, [1, 2]);
    assert_eq!(table.loads(), 2);
}

#[tokio::test]
async fn a_page_that_is_loaded_during_a_write_is_never_shown_after_it() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (slow, writer) = (environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(1);
    let load = async |_: Consistency| {
        table.write(2);
        forget(&writer, &clock).await;
        Ok::<_, Dead>(Some(vec![1]))
    };
    slow.read_page(&cx(&clock), &Page(1), load).await.unwrap();
    assert_eq!(page(&writer, &clock, &table).await, [1, 2]);
}

#[tokio::test]
async fn pages_that_were_forgotten_do_not_come_back_with_a_lost_generation() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(1);
    page(&cache, &clock, &table).await;
    table.write(2);
    redis.command(&["DEL", "{things}:generation"]);
    clock.advance(Key::POLICY.l1_ttl);
    assert_eq!(page(&cache, &clock, &table).await, [1, 2], "drawn anew, not counted from the start");
}

#[tokio::test]
async fn a_change_takes_nothing_away_that_an_outage_of_the_table_is_survived_with() {
    for gone in [false, true] {
        let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
        let cache = environment(&redis.url(), &clock);
        table.write(1);
        page(&cache, &clock, &table).await;
        forget(&cache, &clock).await;
        table.dead.store(true, Ordering::SeqCst);
        if gone {
            redis.kill();
        }
        clock.advance(Duration::from_secs(5));
        let last = ask(&cache, &clock, &table).await.unwrap();
        assert_eq!((last.value, last.stale), (vec![1], Some(Duration::from_secs(5))), "L2 gone: {gone}");
        let other = environment(&redis.url(), &clock);
        assert_eq!(ask(&other, &clock, &table).await.is_ok(), !gone, "another environment's, L2 gone: {gone}");
        clock.advance(ERROR);
        assert_eq!(ask(&cache, &clock, &table).await.unwrap_err(), Dead, "not for ever");
        table.dead.store(false, Ordering::SeqCst);
        table.write(2);
        let fresh = ask(&cache, &clock, &table).await.unwrap();
        assert_eq!((fresh.value, fresh.source, fresh.stale), (vec![1, 2], Source::Table, None));
    }
}

#[tokio::test]
async fn what_is_kept_for_an_outage_is_the_page_that_was_loaded_last() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    for id in 1..4 {
        table.write(id);
        forget(&cache, &clock).await;
        clock.advance(Duration::from_millis(1));
        page(&cache, &clock, &table).await;
    }
    forget(&cache, &clock).await;
    table.dead.store(true, Ordering::SeqCst);
    let other = environment(&redis.url(), &clock);
    assert_eq!(page(&other, &clock, &table).await, [1, 2, 3]);
}

#[tokio::test]
async fn without_l2_a_page_is_as_old_as_memory_allows_and_no_older() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let wire = Proxy::to(redis.address());
    let (cache, writer) = (environment(&wire.url(), &clock), environment(&redis.url(), &clock));
    table.write(1);
    page(&cache, &clock, &table).await;
    wire.set(Wire::Cut);
    table.write(2);
    forget(&writer, &clock).await;
    assert_eq!(page(&cache, &clock, &table).await, [1], "from memory");
    clock.advance(Key::POLICY.l1_ttl);
    assert_eq!(page(&cache, &clock, &table).await, [1, 2]);
    assert_eq!(table.loads(), 2);
}

#[tokio::test]
async fn a_token_from_a_write_keeps_every_environment_from_answering_with_less() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let tokens = Tokens::new(Signer::new(b"key"));
    let reader = environment(&redis.url(), &clock);
    table.write(7);
    version(&reader, &clock, &table, 7).await;
    // The write: its second step is lost, its token is not.
    let write = cx(&clock);
    write.seen.note("thing#7", table.write(7).version);
    let token = tokens.seal(&write).await.unwrap().unwrap();
    let with_token = cx(&clock);
    assert!(tokens.open(&with_token, &token).await.unwrap());
    assert_eq!(version(&reader, &clock, &table, 7).await, 1, "without it the old one is within its time");
    assert_eq!(read(&reader, &with_token, &table, 7).await.unwrap().unwrap().value.version.0, 2);
}
