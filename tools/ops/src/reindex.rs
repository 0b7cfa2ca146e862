//! The search index, made again from the products: when it was lost, or when terms are made in another way.

use crate::seed::Failure;
use functions::catalog::{
    products::{Products, listing},
    search::Indexer,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    context::Cx,
};
use std::time::Duration;

const PAGE: usize = 100;
const PARALLEL: usize = 8;
const PATIENCE: Duration = Duration::from_mins(1);

/// Indexes every product; one that is indexed as it is costs two reads. Returns how many there are. Reads `SEARCH_TABLE`,
/// `PRODUCTS_TABLE` and `PRODUCT_SHARDS`; `hear` is told how many are done, and how many of them are known.
pub async fn reindex(app: &App, mut hear: impl FnMut(&'static str, usize, usize)) -> Result<usize, Failure> {
    let (products, indexer) = <(Products, Indexer)>::from_app(app).await?;
    let (all, mut done, mut after) = (listing(None), 0, None);
    loop {
        let page = products.list(&patient(), &all, PAGE, after.as_ref()).await?;
        let (ids, known) = (page.items.iter().map(|product| product.id), done + page.items.len());
        let mut under_way = stream::iter(ids.map(|id| index(&indexer, id))).buffer_unordered(PARALLEL);
        while under_way.try_next().await?.is_some() {
            done += 1;
            hear("indexed", done, known);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(done),
        }
    }
}

async fn index(indexer: &Indexer, id: functions::ids::ProductId) -> Result<(), Failure> {
    Ok(indexer.index(&patient(), id).await?)
}

fn patient() -> Cx {
    Cx::new(Clock::system(), "reindex", PATIENCE)
}
