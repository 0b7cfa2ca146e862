//! The products table's stream: whatever was written to a product outdates what is known about it elsewhere.

use super::{TO_FORGET, TO_INDEX};
use crate::{
    env,
    events::{Changed, ProductChanged},
    ids::ProductId,
};
use serde::Deserialize;
use shared::{
    env::Var,
    lambda::{Change, Outlet, Post, Relay},
    queue::Unreadable,
};

/// Tells the workers about products.
pub struct RelayProducts;

/// To whom. A worker that is added here needs its queue in the relay's variables and in its policy.
const OUTLETS: &[&Var] = &[env::FORGET_QUEUE_URL, env::INDEX_QUEUE_URL];
const TO: &[Outlet<Changed>] = &[TO_FORGET, TO_INDEX];

/// As much of a product as the event says. A tombstone has no category.
#[derive(Deserialize)]
struct Placed {
    #[serde(default)]
    category: Option<String>,
}

impl Relay for RelayProducts {
    const NAME: &'static str = "relay-products";
    const OUTLETS: &'static [&'static Var] = OUTLETS;

    fn events(change: &Change) -> Result<Vec<Post>, Unreadable> {
        let Some(id) = change.pk.strip_prefix("product#") else { return Ok(vec![]) };
        let product_id: ProductId = id.parse().map_err(|e| Unreadable::new(format_args!("the key: {e}")))?;
        let category_before = change.before::<Placed>()?.and_then(|product| product.category);
        let category = change.after::<Placed>()?.and_then(|product| product.category);
        let version = change.version()?;
        let changed = Changed::ProductChanged(ProductChanged { product_id, version, category, category_before });
        TO.iter().map(|outlet| outlet.post(change, changed.clone())).collect()
    }
}
