//! Values without a version: lists, whose keys carry their owner's generation; and the token that goes with the client.

use super::*;
use shared::{sign::Signer, token::Tokens};
use tests::redis::Redis;

const OWNER: &str = "{things}";

struct Page(shared::cache::Generation);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ids(Vec<u64>);

impl Versioned for Ids {
    fn version(&self) -> Version {
        Version(0)
    }
}

impl CacheKey for Page {
    type Value = Ids;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Key::POLICY;
    fn entity(&self) -> String {
        format!("{{things:{}}}", self.0)
    }
}

async fn page(cache: &Cache, clock: &Clock, table: &Table) -> Vec<u64> {
    let cx = cx(clock);
    let generation = cache.generation(&cx, OWNER).await;
    let load = async |_: Consistency| {
        table.load(0)?;
        let mut ids: Vec<_> = table.things.lock().unwrap().keys().copied().collect();
        ids.sort_unstable();
        Ok::<_, Dead>(Some(Ids(ids)))
    };
    cache.read(&cx, &Page(generation), load).await.unwrap().unwrap().value.0
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
    writer.bump(&cx(&clock), OWNER).await.unwrap();
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
    let cx = cx(&clock);
    let generation = slow.generation(&cx, OWNER).await;
    let load = async |_: Consistency| {
        table.write(2);
        writer.bump(&cx, OWNER).await.unwrap();
        Ok::<_, Dead>(Some(Ids(vec![1])))
    };
    slow.read(&cx, &Page(generation), load).await.unwrap();
    assert_eq!(page(&writer, &clock, &table).await, [1, 2]);
}

#[tokio::test]
async fn a_generation_that_was_lost_never_comes_back() {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let cache = environment(&redis.url(), &clock);
    table.write(1);
    let before = cache.generation(&cx(&clock), OWNER).await;
    redis.command(&["DEL", "{things}:generation"]);
    clock.advance(Key::POLICY.l1_ttl);
    assert_ne!(cache.generation(&cx(&clock), OWNER).await, before);
    // While L2 is gone the last one known goes on, so that memory can answer when the table fails too.
    let known = cache.generation(&cx(&clock), OWNER).await;
    redis.kill();
    clock.advance(Key::POLICY.l1_ttl);
    assert_eq!(cache.generation(&cx(&clock), OWNER).await, known);
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
