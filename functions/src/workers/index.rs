//! Search: what a product is found by follows what it is.

use super::INDEX_QUEUE;
use crate::{events::Changed, search::Indexer};
use shared::{
    context::Cx,
    lambda::Worker,
    queue::{Delivery, Failed},
};

/// Keeps the search table in agreement with the products.
pub struct Index;

impl Worker for Index {
    const NAME: &'static str = "index";
    const QUEUE: &'static str = INDEX_QUEUE;
    type State = Indexer;
    type Message = Changed;

    /// No record of what was done: to do it again does nothing.
    async fn handle(indexer: &Indexer, cx: &Cx, _: &Delivery, changed: Changed) -> Result<(), Failed> {
        match changed {
            Changed::ProductChanged(product) => Ok(indexer.index(cx, product.product_id).await?),
            Changed::AccountChanged { .. } => Err(Failed::permanent("accounts are not searched")),
        }
    }
}
