//! Sharded counters add up.

use super::{Note, patient, shards};
use futures_util::future::join_all;
use shared::table::{Adds, Consistency, Counters, Shards, TableError};
use tests::dynamo::Tables;

#[tokio::test]
async fn concurrent_adds_are_all_in_the_sum() {
    let (tables, cx) = (Tables::new(), patient());
    let counters = Counters::new(&tables.client(), tables.name("Counters"), shards("8"));
    let client = tables.client();
    let add = async |counters: &Counters, subject: &str, by: i64| {
        let mut adds = Adds::default();
        adds.add("views", "2026-11", subject, by);
        client.transact(&cx, counters.adding(&adds)).await.unwrap();
    };
    join_all((1..=100).map(|by| add(&counters, "a", by))).await;
    add(&counters, "b", 7).await;
    let sum = async |subject: &str| counters.sum(&cx, "views", "2026-11", subject, Consistency::Strong).await.unwrap();
    assert_eq!((sum("a").await, sum("b").await, sum("c").await), (5_050, 7, 0));
    // More shards: the old parts count on.
    let more = Counters::new(&tables.client(), tables.name("Counters"), shards("32"));
    add(&more, "a", -50).await;
    assert_eq!(more.sum(&cx, "views", "2026-11", "a", Consistency::Eventual).await.unwrap(), 5_000);
}

#[tokio::test]
async fn a_batch_is_added_up_and_counts_once_with_its_record() {
    let (tables, cx) = (Tables::new(), patient());
    let client = tables.client();
    let counters = Counters::new(&client, tables.name("Counters"), shards("8"));
    let records = tables.table::<Note>(&client, "Orders", Shards::ONE);
    let mut adds = Adds::default();
    for n in 0..300 {
        adds.add("views", "2026-11", if n % 3 == 0 { "a" } else { "b" }, 1);
    }
    adds.add("views", "2026-11", "c", 1);
    adds.add("views", "2026-11", "c", -1);
    assert_eq!((adds.len(), adds.is_empty(), Adds::default().is_empty()), (2, false, true));
    for attempt in 0..2 {
        let mut writes = vec![records.creating(&Note::new("batch", 1))];
        writes.extend(counters.adding(&adds));
        let result = client.transact(&cx, writes).await;
        assert_eq!(matches!(result, Err(TableError::Cancelled(_))), attempt == 1, "{result:?}");
    }
    let sum = async |subject: &str| counters.sum(&cx, "views", "2026-11", subject, Consistency::Strong).await.unwrap();
    assert_eq!((sum("a").await, sum("b").await, sum("c").await), (100, 200, 0));
}
