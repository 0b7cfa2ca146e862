//! Queries read one partition in order.

use super::{Note, patient};
use shared::telemetry::fields;
use shared::{
    context::Cx,
    table::{Consistency, Direction, Page, PartitionQuery, Shards, Table},
    version::Version,
};
use tests::dynamo::Tables;
use tests::line::ReadLine as _;

async fn notes(tables: &Tables) -> Table<Note> {
    let notes = tables.table::<Note>(&tables.client(), "Orders", Shards::ONE);
    let all = (0..25).map(|n| Note::new("ann", n)).chain([Note::new("bob", 1)]);
    notes.write_all(&patient(), all, |_| ()).await.unwrap();
    notes
}

fn numbers(page: &Page<Note>) -> Vec<u32> {
    page.items.iter().map(|note| note.number).collect()
}

#[tokio::test]
async fn pages_of_any_size_follow_each_other_in_both_directions() {
    let (tables, cx) = (Tables::new(), patient());
    let notes = notes(&tables).await;
    let newest =
        PartitionQuery::of("user#ann").prefix("note#").order(Direction::Descending).consistency(Consistency::Strong);
    let first = notes.query(&cx, &newest, 10, None).await.unwrap();
    assert_eq!(numbers(&first), (15..25).rev().collect::<Vec<_>>());
    let second = notes.query(&cx, &newest, 3, first.next.as_ref()).await.unwrap();
    assert_eq!(numbers(&second), [14, 13, 12]);
    let rest = notes.query(&cx, &newest, 100, second.next.as_ref()).await.unwrap();
    assert_eq!(numbers(&rest), (0..12).rev().collect::<Vec<_>>());
    assert_eq!(rest.next, None);
    let exact = notes.query(&cx, &PartitionQuery::of("user#ann"), 25, None).await.unwrap();
    assert_eq!((exact.items.len(), exact.next), (25, None));
    let other = notes.query(&cx, &PartitionQuery::of("user#ann").prefix("order#"), 25, None).await.unwrap();
    assert_eq!((other.items.len(), other.next), (0, None));
}

#[tokio::test]
async fn a_page_goes_on_behind_an_item_that_is_gone() {
    let (tables, cx) = (Tables::new(), patient());
    let notes = notes(&tables).await;
    let query = PartitionQuery::of("user#ann");
    let first = notes.query(&cx, &query, 5, None).await.unwrap();
    notes.delete(&cx, &("ann".to_owned(), 4)).await.unwrap();
    let second = notes.query(&cx, &query, 2, first.next.as_ref()).await.unwrap();
    assert_eq!(numbers(&second), [5, 6]);
}

#[tokio::test]
async fn a_partition_in_which_the_client_has_seen_something_is_read_strongly() {
    let tables = Tables::new();
    let notes = notes(&tables).await;
    let (eventual, strong) = (patient(), patient());
    notes.query(&eventual, &PartitionQuery::of("user#bob"), 5, None).await.unwrap();
    strong.seen.note("user#bob/note#0001", Version::FIRST);
    notes.query(&strong, &PartitionQuery::of("user#bob"), 5, None).await.unwrap();
    let cost = |cx: &Cx| cx.sum(fields::RCU);
    assert_eq!((cost(&eventual), cost(&strong)), (0.5, 1.0));
}
