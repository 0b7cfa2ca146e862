//! The cache behaves the same on a primary with readers and on a cluster.

use super::*;
use shared::cache::{Name, Source};
use shared::telemetry::fields;
use tests::line::ReadLine as _;
use tests::redis::{Redis, until};

/// How often a server was asked to carry out `command`.
pub(super) fn calls(redis: &Redis, command: &str) -> u64 {
    let stats = redis.command(&["INFO", "commandstats"]);
    let line =
        stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")).map(str::to_owned));
    line.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn readers_answer_reads_and_the_primary_decides() {
    let primary = Redis::start();
    let replica = Redis::replica_of(&primary);
    let url = format!("{}?reader={}", primary.url(), replica.address());
    let (clock, table) = (Clock::manual(START), Table::default());
    let (one, other) = (environment(&url, &clock), environment(&url, &clock));
    table.write(7);
    assert_eq!(version(&one, &clock, &table, 7).await, 1);
    // The replica may lag; the turn's script then answers from the primary, so that there is no
    // second load.
    let cached = read(&other, &cx(&clock), &table, 7).await.unwrap().unwrap();
    assert_eq!((cached.source, table.loads()), (Source::L2, 1));
    assert!(calls(&replica, "get") >= 2, "reads go to the reader");
    let new = table.write(7);
    one.put(&cx(&clock), &Key(7), &new, &[Name::of(&View(7))]).await.unwrap();
    clock.advance(Key::POLICY.l1_ttl);
    until("replication of the write", || replica.command(&["GETRANGE", "{thing:7}:v3", "0", "15"]).contains("0002"));
    assert_eq!(version(&other, &clock, &table, 7).await, 2);
}

#[tokio::test]
async fn a_replica_that_lags_causes_no_second_load() {
    let (primary, stranger) = (Redis::start(), Redis::start());
    // The reader endpoint leads to a server that has heard of nothing yet.
    let url = format!("{}?reader={}", primary.url(), stranger.address());
    let (clock, table) = (Clock::manual(START), Table::default());
    table.write(7);
    version(&environment(&url, &clock), &clock, &table, 7).await;
    let cached = read(&environment(&url, &clock), &cx(&clock), &table, 7).await.unwrap().unwrap();
    assert_eq!((cached.source, table.loads()), (Source::L2, 1));
}

#[tokio::test]
async fn a_cluster_holds_each_entity_in_one_slot() {
    let node = Redis::with(&["--cluster-enabled", "yes"]);
    node.command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    until("the cluster", || node.command(&["CLUSTER", "INFO"]).contains("cluster_state:ok"));
    let url = format!("{}?cluster=on", node.url());
    let (clock, table) = (Clock::manual(START), Table::default());
    let (one, other) = (environment(&url, &clock), environment(&url, &clock));
    (0..20).for_each(|id| drop(table.write(id)));

    assert_eq!(version(&one, &clock, &table, 7).await, 1);
    assert_eq!(read(&other, &cx(&clock), &table, 7).await.unwrap().unwrap().source, Source::L2);
    let new = table.write(7);
    one.put(&cx(&clock), &Key(7), &new, &[Name::of(&View(7))]).await.unwrap();
    one.outdate(&cx(&clock), &Key(7), new.version, &[Name::of(&View(7))]).await.unwrap();

    let keys: Vec<_> = (0..20).map(Key).collect();
    let load = async |at: Vec<usize>, _| at.into_iter().map(|at| table.load(keys[at].0)).collect();
    let found = other.read_many(&cx(&clock), &keys, load).await.unwrap();
    assert_eq!(found.iter().flatten().count(), 20);
    let loads = table.loads();
    clock.advance(Key::POLICY.l1_ttl);
    let cx = cx(&clock);
    let found = one.read_many(&cx, &keys, async |_, _| Err(Dead)).await.unwrap();
    assert_eq!((found.len(), cx.counted(fields::L2_HIT), table.loads()), (20, 20, loads));

    // A refresh, with its turn and its fill.
    clock.advance(TTL);
    assert_eq!(read(&one, &cx, &table, 7).await.unwrap().unwrap().source, Source::Table);
    let names: Vec<_> = (0..20).flat_map(|id| [Name::of(&Key(id)), Name::of(&View(id))]).collect();
    one.forget(&cx, &names).await.unwrap();
    assert_eq!(node.command(&["DBSIZE"]), ":0\r\n");
    let pages = [super::lists::ask(&one, &clock, &table).await, super::lists::ask(&other, &clock, &table).await];
    assert_eq!(pages.map(|page| page.unwrap().source), [Source::Table, Source::L2], "one generation for both");
}
