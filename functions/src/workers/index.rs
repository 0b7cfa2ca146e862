//! Brings the search table up to date with products, and removes stale search results from caches.

use super::{
    queues,
    spread::{self, PendingChange, later},
};
use crate::{
    catalog::search::{self, Indexer},
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

/// How many products are indexed at once.
const PARALLEL: usize = 10;

/// Indexes products, then removes search results from L2 and the CDN. Not before: a reader would
/// fetch the old results again. It removes all results, because the words by which a product was
/// found, and is found now, are too many to purge one by one.
pub struct Index;

impl BatchWorker for Index {
    const NAME: &'static str = "index";
    const QUEUE: &'static Var = queues::INDEX_QUEUE_URL;
    const LIMIT: Duration = Duration::from_secs(20);
    type State = (Indexer, (Arc<Cache>, Purger));
    type Message = Changed;

    /// It needs no idempotency records, because to index a product again changes nothing.
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
            PendingChange { delivery, behind, tags: vec![(search::family(), search::family())] }
        });
        spread::purge(purger, cx, changes.collect()).await
    }
}

/// Indexes a product. While the table is unavailable or busy, the change waits like one that waits
/// for L2, so that search is not older than the lists for long.
async fn index(indexer: &Indexer, cx: &Cx, delivery: &Delivery, changed: &Changed) -> Result<(), Failed> {
    match changed {
        Changed::ProductChanged(product) => match indexer.index(cx, product.product_id).await {
            Err(error) if error.is_unavailable() || error.is_busy() => Err(later(cx, delivery, &error)),
            done => Ok(done?),
        },
        Changed::AccountChanged { .. } => Err(Failed::permanent("accounts are not searched")),
    }
}
