//! Cursors over real pages.

use super::{Thing, all, of_color, shards};
use shared::{
    context::Cx,
    sign::Signer,
    table::{BadCursor, Cursors, Order, Query},
};
use tests::dynamo::Tables;

#[tokio::test]
async fn a_cursor_goes_on_with_another_page_size_in_its_own_listing_only() {
    let (tables, cx) = (Tables::new(), Cx::detached());
    let things = tables.table::<Thing>(&tables.client(), "Products", shards("4"));
    things.write_all(&cx, (0..50).map(Thing::new), |_| ()).await.unwrap();
    let cursors = Cursors::new(Signer::new(b"a key of the tests"));
    let page = things.list(&cx, &all(), 7, None).await.unwrap();
    let cursor = cursors.seal(&all(), &page.next.unwrap());
    let after = cursors.open(&all(), &cursor).unwrap();
    let page = things.list(&cx, &all(), 100, Some(&after)).await.unwrap();
    assert_eq!(page.items, (7..50).map(Thing::new).collect::<Vec<_>>());

    assert_eq!(cursors.open(&of_color("red"), &cursor), Err(BadCursor));
    assert_eq!(cursors.open(&all().order(Order::Descending), &cursor), Err(BadCursor));
    assert_eq!(cursors.open(&Query::of("all"), &cursor), Err(BadCursor));
    assert_eq!(Cursors::new(Signer::new(b"another key")).open(&all(), &cursor), Err(BadCursor));
}

#[test]
fn one_owners_cursor_is_not_anothers() {
    let cursors = Cursors::new(Signer::new(b"a key of the tests"));
    let opened = |owner: &str, cursor: &str| cursors.open(&Query::of(owner).prefix("order#"), cursor);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (tables, cx) = (Tables::new(), Cx::detached());
        let notes = tables.table(&tables.client(), "Orders", shards("1"));
        notes.write_all(&cx, (0..3).map(|n| super::Note::new("ann", n)), |_| ()).await.unwrap();
        let page = notes.query(&cx, &Query::of("user#ann"), 2, None).await.unwrap();
        let cursor = cursors.seal(&Query::of("user#ann").prefix("order#"), &page.next.unwrap());
        assert!(opened("user#ann", &cursor).is_ok());
        assert_eq!(opened("user#bob", &cursor), Err(BadCursor));
    });
}
