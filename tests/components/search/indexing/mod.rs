//! The index follows the products, in whatever order their events come.

use super::{Shelf, patient, product, renamed};
use functions::catalog::products::Product;
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::telemetry::fields;
use shared::version::Version;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tests::fault_injector::{Call, Rule};
use tests::line::ReadLine as _;

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

/// A worker that read `product` and no state of its rows, and then was held up.
fn held_up_with(shelf: &Shelf, product: Option<&Product>) {
    let seen = product.map_or_else(|| json!({}), |product| json!({ "Item": item(product) }));
    let (reads, products) = (AtomicUsize::new(0), shelf.tables.name("Products"));
    shelf.meddle(move |call| match call.operation.as_str() {
        "GetItem" if reads.fetch_add(1, Ordering::SeqCst) < 2 => {
            let of_products = call.body["TableName"] == products.as_str();
            Rule::Instead(200, if of_products { seen.clone() } else { json!({}) })
        }
        _ => Rule::Pass,
    });
}

fn item(product: &Product) -> Value {
    serde_json::to_value(serde_dynamo::to_item::<_, serde_dynamo::Item>(product).unwrap()).unwrap()
}

#[tokio::test]
async fn a_worker_with_old_eyes_never_brings_an_old_name_back() {
    let shelf = Shelf::new().await;
    let old = product(1, "Black Tea");
    let new = renamed(&old, "Green Tea");
    shelf.stock([new.clone()]).await;
    held_up_with(&shelf, Some(&old));
    shelf.index(&old).await.unwrap();
    shelf.agrees(&[new], &["Black Tea"]).await;
}

#[tokio::test]
async fn a_worker_with_old_eyes_brings_nothing_back_that_was_never_indexed_and_is_gone() {
    let shelf = Shelf::new().await;
    let tea = product(1, "Black Tea");
    // Its removal was the first that the index heard of it.
    shelf.index(&tea).await.unwrap();
    held_up_with(&shelf, Some(&tea));
    shelf.index(&tea).await.unwrap();
    shelf.agrees(&[], &["Black Tea"]).await;
}

#[tokio::test]
async fn many_workers_on_one_product_end_with_its_last_name() {
    let shelf = Shelf::new().await;
    let names = ["Black Tea", "Green Tea Tin", "Oolong", "Tea Black Loose", "White"];
    let mut tea = product(1, names[0]);
    for _ in 0..4 {
        for name in names {
            tea = renamed(&tea, name);
            // What each change does: it is written, and some time later its event arrives, twice.
            shelf.write([tea.clone()]).await;
            let events = join_all((0..3).map(|_| shelf.index(&tea))).await;
            // A worker that is outrun too often gives its message back; the queue brings it again.
            for _ in events.iter().filter(|event| event.is_err()) {
                shelf.index(&tea).await.unwrap();
            }
        }
    }
    shelf.agrees(&[tea], &names).await;
}

#[tokio::test]
async fn a_lost_answer_is_no_lost_row() {
    let shelf = Shelf::new().await;
    let (tea, calls) = (product(1, "Green Tea"), Arc::new(AtomicUsize::new(0)));
    shelf.write([tea.clone()]).await;
    let count = Arc::clone(&calls);
    shelf.meddle(move |call: &Call| match call.operation.as_str() {
        "TransactWriteItems" if count.fetch_add(1, Ordering::SeqCst) == 0 => Rule::Lose(500, json!({})),
        _ => Rule::Pass,
    });
    let first = shelf.index(&tea).await;
    shelf.index(&tea).await.unwrap();
    shelf.agrees(&[tea], &[]).await;
    assert!(calls.load(Ordering::SeqCst) >= 2, "{first:?}");
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
