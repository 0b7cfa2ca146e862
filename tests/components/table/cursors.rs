//! Cursors lead over real pages.

use super::{Note, Thing, all, of_color, patient, shards};
use shared::{
    sign::Signer,
    table::{CursorError, Cursors, Direction, Listing, PartitionQuery},
};
use tests::dynamo::Tables;

#[tokio::test]
async fn a_cursor_goes_on_with_another_page_size_in_its_own_listing_only() {
    let (tables, cx) = (Tables::new(), patient());
    let things = tables.table::<Thing>(&tables.client(), "Products", shards("4"));
    things.write_all(&cx, (0..50).map(Thing::new), |_| ()).await.unwrap();
    let cursors = Cursors::new(Signer::new(b"a key of the tests"));
    let scope = |listing: Listing| things.listing_scope(&listing);
    let page = things.list(&cx, &all(), 7, None).await.unwrap();
    let cursor = cursors.seal(&cx, &scope(all()), &page.next.unwrap()).await.unwrap();
    let after = cursors.open(&cx, &scope(all()), &cursor).await.unwrap();
    let page = things.list(&cx, &all(), 100, Some(&after)).await.unwrap();
    assert_eq!(page.items, (7..50).map(Thing::new).collect::<Vec<_>>());

    let elsewhere = tables.table::<Thing>(&tables.client(), "Users", shards("4"));
    let foreign = [
        scope(of_color("red")),
        scope(all().order(Direction::Descending)),
        elsewhere.listing_scope(&all()),
        things.query_scope(&PartitionQuery::of("all")),
    ];
    for foreign in foreign {
        assert_eq!(cursors.open(&cx, &foreign, &cursor).await, Err(CursorError::Bad), "{foreign}");
    }
    let other = Cursors::new(Signer::new(b"another key"));
    assert_eq!(other.open(&cx, &scope(all()), &cursor).await, Err(CursorError::Bad));
}

#[tokio::test]
async fn one_owners_cursor_is_not_anothers() {
    let (tables, cx) = (Tables::new(), patient());
    let cursors = Cursors::new(Signer::new(b"a key of the tests"));
    let notes = tables.table(&tables.client(), "Orders", shards("1"));
    notes.write_all(&cx, (0..3).map(|n| Note::new("ann", n)), |_| ()).await.unwrap();
    let (ann, bob) = (PartitionQuery::of("user#ann"), PartitionQuery::of("user#bob"));
    let page = notes.query(&cx, &ann, 2, None).await.unwrap();
    let cursor = cursors.seal(&cx, &notes.query_scope(&ann), &page.next.unwrap()).await.unwrap();
    assert!(cursors.open(&cx, &notes.query_scope(&ann), &cursor).await.is_ok());
    assert_eq!(cursors.open(&cx, &notes.query_scope(&bob), &cursor).await, Err(CursorError::Bad));
}
