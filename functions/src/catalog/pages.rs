//! Pages of products: what lists and searches answer with, and for how long who keeps them.

use super::products::Product;
use crate::ids::ProductId;
use serde::{Deserialize, Serialize};
use shared::{
    sign::NoKey,
    table::{CursorError, TableError},
    version::Version,
};
use std::time::Duration;

/// A product as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: ProductId,
    /// What it is called.
    pub name: String,
    /// Where it stands in the shop.
    pub category: String,
    /// What it costs, in cents.
    pub price_cents: u64,
    /// The version of the product that this is from.
    pub version: Version,
}

impl From<Product> for Listed {
    fn from(product: Product) -> Self {
        let Product { id, name, category, price_cents, version, .. } = product;
        Self { id, name, category, price_cents, version }
    }
}

/// A page, as it is cached: with the cursor, so that who is shown it needs no key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The products, in order.
    pub items: Vec<Listed>,
    /// The cursor of the next page; `None` when this one is the last.
    pub next: Option<String>,
    /// How long ago this ceased to be fresh, when it has.
    #[serde(skip)]
    pub stale: Option<Duration>,
}

impl Page {
    /// The page, unless it is empty: that is an absence to the cache, which it keeps for less time
    /// and in less space.
    pub(crate) fn unless_empty(self) -> Option<Self> {
        (!self.items.is_empty() || self.next.is_some()).then_some(self)
    }
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The cursor does not open.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// There is no key to make the next page's cursor with: without it the list would seem to end.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// The table did not answer.
    #[error(transparent)]
    Table(#[from] TableError),
}
