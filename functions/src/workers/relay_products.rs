//! The products table's stream: a product that was written or removed is an event.

use super::{FORGET_QUEUE, INDEX_QUEUE, TO_FORGET, TO_INDEX};
use crate::{events::Changed, products::Product};
use shared::{
    lambda::{Change, Post, Relay},
    queue::Unreadable,
};

/// Tells the workers about products.
pub struct RelayProducts;

impl Relay for RelayProducts {
    const NAME: &'static str = "relay-products";
    const OUTLETS: &'static [&'static str] = &[FORGET_QUEUE, INDEX_QUEUE];

    fn events(change: &Change) -> Result<Vec<Post>, Unreadable> {
        let (before, after) = (change.before::<Product>()?, change.after::<Product>()?);
        let category_before = before.as_ref().map(|product| product.category.clone());
        let Some(product) = after.or(before) else { return Ok(vec![]) };
        let (product_id, version, category) = (product.id, change.version()?, product.category);
        let changed = Changed::ProductChanged { product_id, version, category, category_before };
        Ok(vec![TO_FORGET.post(change, changed.clone())?, TO_INDEX.post(change, changed)?])
    }
}
