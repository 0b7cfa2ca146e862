//! `ops reindex`.

use crate::{Failure, progress_bar::progress_bars};
use functions::{
    catalog::{
        products::{Products, listing},
        search::Indexer,
    },
    ids::ProductId,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    context::Cx,
};
use std::time::Duration;

/// Products of a page of the listing.
const PAGE: usize = 100;
/// Products that are indexed at a time.
const PARALLEL: usize = 8;
/// The longest that a call may take, with its repetitions.
const PATIENCE: Duration = Duration::from_mins(1);

/// Build the search index again, from the products.
///
/// For an index that was lost, and after a change of how search terms are made. A product that is
/// indexed correctly costs two reads and is left alone. Needs SEARCH_TABLE, PRODUCTS_TABLE and
/// PRODUCT_SHARDS.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = "Examples:\n  ops reindex")]
pub struct ReindexArgs {}

impl ReindexArgs {
    pub(crate) async fn run(self, app: &App) -> Result<String, Failure> {
        let count = reindex(app, progress_bars()).await?;
        Ok(format!("{count} products are indexed"))
    }
}

/// Indexes every product. Returns how many there are. `progress` gets a label, how many products
/// are indexed, and how many are known so far.
pub async fn reindex(app: &App, mut progress: impl FnMut(&'static str, usize, usize)) -> Result<usize, Failure> {
    let (products, indexer) = <(Products, Indexer)>::from_app(app).await?;
    let (all, mut done, mut after) = (listing(None), 0, None);
    loop {
        let page = products.list(&patient(), &all, PAGE, after.as_ref()).await?;
        let (ids, known) = (page.items.iter().map(|product| product.id), done + page.items.len());
        let mut under_way = stream::iter(ids.map(|id| index(&indexer, id))).buffer_unordered(PARALLEL);
        while under_way.try_next().await?.is_some() {
            done += 1;
            progress("indexed", done, known);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(done),
        }
    }
}

async fn index(indexer: &Indexer, id: ProductId) -> Result<(), Failure> {
    Ok(indexer.index(&patient(), id).await?)
}

fn patient() -> Cx {
    Cx::new(Clock::system(), "reindex", PATIENCE)
}
