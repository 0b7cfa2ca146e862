//! Relays the products table's stream: each write to a product becomes an event, because it makes
//! copies of the product stale.

use super::{TO_FORGET, TO_INDEX, queues};
use crate::{
    events::{Changed, ProductChanged},
    ids::ProductId,
};
use serde::Deserialize;
use shared::{
    env::Var,
    lambda::{Change, Destination, Relay, RelayedEvent},
    queue::Unreadable,
};

/// Sends events about products to the workers.
pub struct RelayProducts;

/// The queues. A queue that is added here must also be in the relay's variables and its policy.
const DESTINATIONS: &[&Var] = &[queues::FORGET_QUEUE_URL, queues::INDEX_QUEUE_URL];
const TO: &[Destination<Changed>] = &[TO_FORGET, TO_INDEX];

/// The part of a product that the event needs.
#[derive(Deserialize)]
struct ProductCategory {
    #[serde(default)]
    category: Option<String>,
}

impl Relay for RelayProducts {
    const NAME: &'static str = "relay-products";
    const DESTINATIONS: &'static [&'static Var] = DESTINATIONS;

    fn events(change: &Change) -> Result<Vec<RelayedEvent>, Unreadable> {
        let Some(id) = change.pk.strip_prefix("product#") else { return Ok(vec![]) };
        let product_id: ProductId = id.parse().map_err(|e| Unreadable::new(format_args!("the key: {e}")))?;
        let category_before = change.before::<ProductCategory>()?.and_then(|product| product.category);
        let category = change.after::<ProductCategory>()?.and_then(|product| product.category);
        let version = change.version()?;
        let changed = Changed::ProductChanged(ProductChanged { product_id, version, category, category_before });
        TO.iter().map(|destination| destination.event(change, changed.clone())).collect()
    }
}
