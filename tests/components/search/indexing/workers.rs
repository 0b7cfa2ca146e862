//! Several workers, and workers that have read an old value.

use super::*;

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
