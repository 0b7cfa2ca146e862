//! Names that change, and products that are deleted.

use super::*;

#[tokio::test]
async fn a_product_is_found_by_the_beginning_of_every_word_and_by_nothing_else() {
    let shelf = Shelf::new().await;
    let tea = Product { category: "hot-drinks".to_owned(), ..product(1, "Smoked Café Lapsang") };
    shelf.stock([tea]).await;
    for text in ["sm", "smoke", "smoked", "ca", "CAFÉ", "cafe", "laps", "hot", "drinks", "dri lap", "hot smoked cafe"]
    {
        assert_eq!(shelf.find(text).await, ["Smoked Café Lapsang"], "{text}");
    }
    for text in ["s", "moked", "smokedx", "cafes", "tea", "hot cold", "xx"] {
        assert_eq!(shelf.find(text).await, [""; 0], "{text}");
    }
}

#[tokio::test]
async fn a_new_name_is_found_and_the_old_one_is_not() {
    let shelf = Shelf::new().await;
    let (tea, other) = (product(1, "Teapot Green"), product(2, "Green Mug"));
    shelf.stock([tea.clone(), other.clone()]).await;
    // One word stays, one goes from prefix to word, one is new.
    let tea = renamed(&tea, "Tea Green Lid");
    shelf.stock([tea.clone()]).await;
    shelf.agrees(&[tea.clone(), other.clone()], &["Teapot Green"]).await;
    // A price is in the rows, too.
    let tea = Product { price_cents: 1, ..renamed(&tea, "Tea Green Lid") };
    shelf.stock([tea]).await;
    let found = shelf.ask("lid", 1).await.unwrap().items;
    assert_eq!((found[0].price_cents, found[0].version), (1, Version(3)));
}

#[tokio::test]
async fn what_is_gone_is_found_by_nothing_whatever_comes_after() {
    let shelf = Shelf::new().await;
    let tea = product(1, "Green Tea");
    shelf.stock([tea.clone()]).await;
    shelf.remove(&tea).await;
    for _ in 0..2 {
        shelf.index(&tea).await.unwrap();
        shelf.agrees(&[], &["Green Tea"]).await;
    }
    shelf.stock([tea.clone()]).await;
    shelf.agrees(&[tea], &[]).await;
}

#[tokio::test]
async fn an_event_that_comes_again_writes_nothing() {
    let shelf = Shelf::new().await;
    let tea = product(1, "Green Tea");
    shelf.stock([tea.clone()]).await;
    shelf.meddle(|call| {
        assert_eq!(call.operation, "GetItem", "written again");
        Rule::Pass
    });
    for _ in 0..3 {
        shelf.index(&tea).await.unwrap();
    }
}

#[tokio::test]
async fn a_change_costs_two_units_a_row_and_a_state() {
    let shelf = Shelf::new().await;
    let tea = Product { category: "garden".to_owned(), ..product(1, "Long-Handled Lantern Post No. 12") };
    shelf.write([tea.clone()]).await;
    let cx = patient();
    shelf.indexer.index(&cx, tea.id).await.unwrap();
    let rows = functions::catalog::search::TermRow::all_of(&tea).len();
    println!("{rows} rows: {} WCU, {} RCU", cx.sum(fields::WCU), cx.sum(fields::RCU));
    // A term or two may have been counted, too: one unit each.
    let least = f64::from(u32::try_from(2 * (rows + 1)).unwrap());
    assert!((least..least + 5.0).contains(&cx.sum(fields::WCU)), "{} units for {rows} rows", cx.sum(fields::WCU));
}
