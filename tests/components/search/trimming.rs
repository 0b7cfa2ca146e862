//! The index keeps the best five hundred rows of a term.

use super::{Shelf, patient, product};
use functions::catalog::search::{KEPT, TermRow, TermSize};
use shared::table::{Consistency, Shards, Table};
use std::collections::BTreeSet;
use tests::line::ReadLine as _;

/// Fills terms as the index would, but at once.
async fn fill(shelf: &Shelf, numbers: std::ops::Range<u64>, name: &str) {
    let rows: Vec<TermRow> = numbers.flat_map(|n| TermRow::all_of(&product(n, name))).collect();
    shelf.rows.write_all(&patient(), rows, |_| ()).await.unwrap();
}

async fn size(shelf: &Shelf, term: &str) -> Option<usize> {
    let sizes: Table<TermSize> = shelf.tables.table(&shelf.tables.client(), "Search", Shards::ONE);
    sizes.get(&patient(), &term.to_owned(), Consistency::Strong).await.unwrap().map(|size| size.rows)
}

#[tokio::test]
async fn a_term_keeps_its_best_rows_and_counts_them() {
    let shelf = Shelf::new().await;
    fill(&shelf, 0..560, "Lid").await;
    let all = shelf.rows_of(["lid".to_owned()]).await;
    let cx = patient();
    shelf.indexer.trim(&cx, "lid").await.unwrap();
    let kept = shelf.rows_of(["lid".to_owned()]).await;
    // A set of rows is in the order of their ranks.
    assert_eq!(kept, all.into_iter().take(KEPT).collect::<BTreeSet<_>>());
    assert_eq!((size(&shelf, "lid").await, cx.counted(functions::fields::INDEX_TRIMMED)), (Some(KEPT), 60));
    fill(&shelf, 0..3, "Mug").await;
    shelf.indexer.trim(&patient(), "mug").await.unwrap();
    assert_eq!(size(&shelf, "mug").await, Some(3));
}

#[tokio::test]
async fn a_term_that_grows_is_trimmed_by_those_who_make_it_grow() {
    let shelf = Shelf::new().await;
    fill(&shelf, 0..KEPT as u64, "Lid").await;
    shelf.stock((1_000..1_150).map(|n| product(n, "Lid"))).await;
    let rows = shelf.rows_of(["lid".to_owned()]).await;
    assert!(rows.len() < KEPT + 100, "{} rows after 150 more", rows.len());
    assert!(size(&shelf, "lid").await.is_some_and(|rows| rows >= KEPT), "it was counted");
    // The newest are the best, so all of them are there.
    let newest =
        rows.iter().filter(|(_, rank, _)| (1_000..1_150).any(|n| rank.ends_with(&product(n, "").id.to_string())));
    assert_eq!(newest.count(), 150);
}
