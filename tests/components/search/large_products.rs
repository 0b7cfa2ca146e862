//! A product has more rows than a transaction takes, and a worker dies while it writes them.

use super::{Shelf, patient, product, renamed};
use functions::catalog::{
    products::{Product, Products},
    search::Indexer,
};
use shared::app::{App, FromApp as _};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tests::fault_injector::Rule;

/// A name of so many words, none of which another `letter` has.
fn long_name(letter: char, words: usize) -> String {
    (0..words).map(|n| format!("{letter}{n:02}wordlong")).collect::<Vec<_>>().join(" ")
}

/// Lets so many transactions through, and kills the worker at the next.
fn dies_after(shelf: &Shelf, transactions: usize) -> Arc<AtomicUsize> {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    shelf.meddle(move |call| {
        let is_over = call.operation == "TransactWriteItems" && count.fetch_add(1, Ordering::SeqCst) >= transactions;
        // Not to be tried again: a worker that is gone tries nothing.
        if is_over { Rule::refuse(400, "ValidationException") } else { Rule::Pass }
    });
    made
}

#[tokio::test]
async fn a_long_name_is_found_by_its_last_word_and_leaves_nothing_behind() {
    let shelf = Shelf::new().await;
    let tea = product(1, &long_name('a', 25));
    shelf.stock([tea.clone()]).await;
    assert_eq!(shelf.find("a24wo").await, [tea.name.as_str()]);
    let short = renamed(&tea, "Short");
    shelf.stock([short.clone()]).await;
    shelf.agrees(&[short], &[&tea.name]).await;
}

#[tokio::test]
async fn a_crash_at_any_write_is_mended_by_the_next_event() {
    let (first, second) = (long_name('a', 14), long_name('b', 14));
    for kept in 0.. {
        let shelf = Shelf::new().await;
        let tea = product(1, &first);
        shelf.stock([tea.clone()]).await;
        let tea = renamed(&tea, &second);
        shelf.write([tea.clone()]).await;
        let transactions = dies_after(&shelf, kept);
        let outcome = shelf.index(&tea).await;
        shelf.meddle(|_| Rule::Pass);
        if outcome.is_ok() {
            assert!(kept >= 5, "the names fit into {} transactions", transactions.load(Ordering::SeqCst));
            return;
        }
        // The same event again, or one of a change in the meantime: either leads to what the
        // product is now.
        let again = if kept % 2 == 0 { tea } else { renamed(&tea, "Third Name") };
        shelf.stock([again.clone()]).await;
        shelf.agrees(&[again], &[&first, &second, "Third Name"]).await;
    }
}

#[tokio::test]
async fn a_worker_that_was_held_up_in_the_middle_writes_no_further() {
    let shelf = Shelf::new().await;
    let old = product(1, &long_name('a', 14));
    let new = renamed(&old, "New");
    shelf.write([old.clone()]).await;
    // It has written a part; then the product changes, and another worker is done with that before
    // it goes on.
    let other = Mutex::new(Some((shelf.undisturbed(), new.clone())));
    let made = AtomicUsize::new(0);
    shelf.meddle(move |call| {
        if call.operation == "TransactWriteItems" && made.fetch_add(1, Ordering::SeqCst) == 2 {
            let (app, new) = other.lock().unwrap().take().unwrap();
            std::thread::spawn(move || change_and_index(&app, new)).join().unwrap();
        }
        Rule::Pass
    });
    shelf.index(&old).await.unwrap();
    shelf.agrees(&[new], &[&old.name]).await;
}

/// What another worker does, from the change to the end.
fn change_and_index(app: &App, product: Product) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (products, indexer) = <(Products, Indexer)>::from_app(app).await.unwrap();
        let id = product.id;
        products.write_all(&patient(), vec![product], |_| ()).await.unwrap();
        indexer.index(&patient(), id).await.unwrap();
    });
}
