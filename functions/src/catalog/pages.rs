//! Pages of products, as lists and searches answer with them.

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
pub struct ListedProduct {
    /// The id of the product.
    pub id: ProductId,
    /// The name of the product.
    pub name: String,
    /// The category of the product.
    pub category: String,
    /// The price in cents.
    pub price_cents: u64,
    /// The version of the product from which this was made.
    pub version: Version,
}

impl From<Product> for ListedProduct {
    fn from(product: Product) -> Self {
        let Product { id, name, category, price_cents, version, .. } = product;
        Self { id, name, category, price_cents, version }
    }
}

/// A page as it is cached. It includes the sealed cursor, so that an answer from the cache needs no
/// signing key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogPage {
    /// The products, in order.
    pub items: Vec<ListedProduct>,
    /// The cursor of the next page; `None` on the last page.
    pub next: Option<String>,
    /// For how long the page has been expired, if it is.
    #[serde(skip)]
    pub stale: Option<Duration>,
}

impl CatalogPage {
    /// The page, or `None` if it is empty. The cache keeps an absence for less time and in less
    /// space.
    pub(crate) fn unless_empty(self) -> Option<Self> {
        (!self.items.is_empty() || self.next.is_some()).then_some(self)
    }
}

/// Why a page could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The cursor could not be opened.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// There is no key to seal the cursor of the next page. Without a cursor the list would seem to
    /// end here.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
}
