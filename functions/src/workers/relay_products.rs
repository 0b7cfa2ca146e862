//! The products table's stream: a product that was written or removed is an event.

use super::{INDEX_QUEUE, TO_INDEX};
use crate::{events::Event, products::Product};
use shared::{
    lambda::{Change, Post, Relay},
    queue::Unreadable,
};

/// Tells the workers about products.
pub struct RelayProducts;

impl Relay for RelayProducts {
    const NAME: &'static str = "relay-products";
    const OUTLETS: &'static [&'static str] = &[INDEX_QUEUE];

    fn events(change: &Change) -> Result<Vec<Post>, Unreadable> {
        let (before, after) = (change.before::<Product>()?, change.after::<Product>()?);
        let category_before = before.as_ref().map(|product| product.category.clone());
        let Some(product) = after.or(before) else { return Ok(vec![]) };
        let event = Event::ProductChanged { product_id: product.id, category: product.category, category_before };
        Ok(vec![TO_INDEX.post(change, event)?])
    }
}
