//! Makes the shared cache forget what has changed in a table.
//!
//! A write tells the cache itself; this does it again, for the writes whose second step was lost and for those that no route
//! made. It comes later than the writer, so it removes what is older than the change and nothing else, however often and in
//! whatever order it is told. What it needs no record of is not recorded: doing it twice is doing it once.

use super::FORGET_QUEUE;
use crate::{
    accounts, catalog,
    events::{Changed, ProductChanged},
};
use shared::{
    cache::Cache,
    context::Cx,
    lambda::Worker,
    queue::{Delivery, Failed},
};
use std::sync::Arc;

/// Forgets in L2.
pub struct Forget;

impl Worker for Forget {
    const NAME: &'static str = "forget";
    const QUEUE: &'static str = FORGET_QUEUE;
    type State = Arc<Cache>;
    type Message = Changed;

    async fn handle(cache: &Arc<Cache>, cx: &Cx, _: &Delivery, changed: Changed) -> Result<(), Failed> {
        let forgotten = match changed {
            Changed::AccountChanged { user_id, version } => accounts::forget(cache, cx, user_id, version).await,
            Changed::ProductChanged(ProductChanged { product_id, version, .. }) => {
                catalog::forget(cache, cx, product_id, version).await
            }
        };
        forgotten.map_err(Failed::retry)
    }
}
