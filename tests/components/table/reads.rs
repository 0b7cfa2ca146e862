//! How fresh reads are, and how many are made.

use super::{Thing, patient};
use shared::telemetry::fields;
use shared::{
    table::{Consistency, ONE_BY_ONE_MAX, Shards, Table},
    version::Version,
};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tests::line::ReadLine as _;
use tests::{dynamo::Tables, fault_injector::Replica};

const BEHIND: Duration = Duration::from_millis(500);

fn behind(tables: &Tables) -> Table<Thing> {
    let replica = Arc::new(Replica::new(tables.name("Products"), BEHIND));
    tables.table(&tables.client_through(move |call| replica.rule(call)), "Products", Shards::ONE)
}

#[tokio::test]
async fn a_client_reads_its_own_writes_1000_times_from_replicas_that_are_behind() {
    let tables = Tables::new();
    let things = behind(&tables);
    let mut thing = Thing::new(1);
    things.create(&patient(), &thing).await.unwrap();
    tokio::time::sleep(BEHIND).await;
    let mut old = 0;
    for round in 0..1_000 {
        let next = thing.next(round.to_string());
        things.replace(&patient(), &next, thing.version).await.unwrap();
        thing = next;
        let without = things.get(&patient(), &thing.id, Consistency::Eventual).await.unwrap().unwrap();
        old += u32::from(without.version < thing.version);
        let cx = patient();
        cx.seen.note("thing#00000001", thing.version);
        assert_eq!(things.get(&cx, &thing.id, Consistency::Eventual).await.unwrap().as_ref(), Some(&thing));
    }
    assert!(old > 900, "the replica was behind {old} times only: this test proves nothing");
}

#[tokio::test]
async fn a_batch_reads_again_only_what_is_older_than_seen() {
    let tables = Tables::new();
    let (things, cx) = (behind(&tables), patient());
    let ids: Vec<_> = (0..5).map(|n| Thing::new(n).id).collect();
    for number in 0..5 {
        things.create(&patient(), &Thing::new(number)).await.unwrap();
    }
    let missing = things.get_many(&cx, &ids, Consistency::Eventual).await.unwrap();
    assert_eq!(missing.iter().flatten().count(), 0, "nothing was seen, so old is good enough");
    cx.seen.note("thing#00000003", Version::FIRST);
    let found = things.get_many(&cx, &ids, Consistency::Eventual).await.unwrap();
    assert_eq!(found.iter().flatten().collect::<Vec<_>>(), [&Thing::new(3)]);
    assert_eq!(cx.counted(fields::TABLE_READ_AGAIN), 1);
}

#[tokio::test]
async fn reads_writes_and_their_cost_are_in_the_event() {
    let (tables, cx) = (Tables::new(), patient());
    let things = tables.table::<Thing>(&tables.client(), "Products", Shards::ONE);
    things.create(&cx, &Thing::new(1)).await.unwrap();
    let cx = patient();
    things.get(&cx, &Thing::new(1).id, Consistency::Eventual).await.unwrap();
    things.get(&cx, &Thing::new(1).id, Consistency::Strong).await.unwrap();
    things.replace(&cx, &Thing::new(1).next("x"), Version::FIRST).await.unwrap();
    assert_eq!((cx.counted(fields::TABLE_READS), cx.counted(fields::TABLE_WRITES)), (2, 1));
    let units = (cx.sum(fields::RCU), cx.sum(fields::WCU));
    assert_eq!(units, (1.5, 3.0), "half a read and a whole one; the item and two index entries");
    assert!(cx.event.server_timing().starts_with("table;dur="));
}

#[tokio::test]
async fn a_loop_of_reads_fails_the_test_that_makes_it() {
    let tables = Tables::new();
    let things = tables.table::<Thing>(&tables.client(), "Products", Shards::ONE);
    let cx = patient();
    cx.route.set("things-list").unwrap();
    let ids: Vec<_> = (0..40).map(|n| Thing::new(n).id).collect();
    things.get_many(&cx, &ids, Consistency::Eventual).await.unwrap();
    for _ in 0..ONE_BY_ONE_MAX {
        things.get(&cx, &ids[0], Consistency::Eventual).await.unwrap();
    }
    let eleventh = AssertUnwindSafe(things.get(&cx, &ids[0], Consistency::Eventual));
    let panic = futures_util::FutureExt::catch_unwind(eleventh).await.unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("things-list reads"), "{panic:?}");
    assert_eq!(cx.counted(fields::TABLE_LOOPS), 1);
}
