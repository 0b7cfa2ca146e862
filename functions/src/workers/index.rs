//! Search: what a product is found by follows what it is, and so do the results that caches hold.

use super::spread::{self, Change, later};
use crate::{
    catalog::search::{self, Indexer},
    env,
    events::Changed,
};
use futures_util::{StreamExt as _, stream};
use shared::{
    cache::Cache,
    context::Cx,
    edge::Purger,
    env::Var,
    lambda::BatchWorker,
    queue::{Delivery, Failed},
};
use std::{sync::Arc, time::Duration};

/// Products that are indexed at once.
const PARALLEL: usize = 10;

/// Keeps the search table in agreement with the products, then forgets results. They are not
/// forgotten before: a reader would fetch the old ones again. All of them are: which words a product
/// was found by, and is found by now, are too many to purge one by one.
pub struct Index;

impl BatchWorker for Index {
    const NAME: &'static str = "index";
    const QUEUE: &'static Var = env::INDEX_QUEUE_URL;
    const LIMIT: Duration = Duration::from_secs(20);
    type State = (Indexer, (Arc<Cache>, Purger));
    type Message = Changed;

    /// No record of what was done: to do it again does nothing.
    async fn handle(
        (indexer, (cache, purger)): &Self::State,
        cx: &Cx,
        batch: &[(Delivery, Changed)],
    ) -> Vec<Result<(), Failed>> {
        let work: Vec<_> = batch.iter().map(|(delivery, changed)| index(indexer, cx, delivery, changed)).collect();
        let results: Vec<_> = stream::iter(work).buffered(PARALLEL).collect().await;
        let mut done = batch.iter().zip(&results).filter(|(_, result)| result.is_ok());
        let is_news = done.any(|((delivery, _), _)| spread::is_young(cx, delivery));
        let forgotten = if is_news { search::forget(cache, cx).await } else { Ok(()) };
        let changes = batch.iter().zip(results).map(|((delivery, _), result)| {
            let behind = result.and_then(|()| forgotten.as_ref().copied().map_err(|why| later(cx, delivery, why)));
            Change { delivery, behind, tags: vec![(search::family(), search::family())] }
        });
        spread::purge(purger, cx, changes.collect()).await
    }
}

/// Indexes a product. A table that does not answer, or has no time now, is waited for as the other
/// layers are: search must not be older than the lists for longer than that.
async fn index(indexer: &Indexer, cx: &Cx, delivery: &Delivery, changed: &Changed) -> Result<(), Failed> {
    match changed {
        Changed::ProductChanged(product) => match indexer.index(cx, product.product_id).await {
            Err(error) if error.is_unavailable() || error.is_busy() => Err(later(cx, delivery, &error)),
            done => Ok(done?),
        },
        Changed::AccountChanged { .. } => Err(Failed::permanent("accounts are not searched")),
    }
}
