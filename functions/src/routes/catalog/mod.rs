//! `/api/products`

mod get;
mod list;

pub use get::Get;
pub use list::List;

use crate::{ids::ProductId, products::Product};
use serde::Serialize;
use shared::version::Version;

/// A product in a list.
#[derive(Debug, Serialize)]
pub struct Row {
    id: ProductId,
    name: String,
    category: String,
    price_cents: u64,
    version: Version,
}

impl From<Product> for Row {
    fn from(p: Product) -> Self {
        Self { id: p.id, name: p.name, category: p.category, price_cents: p.price_cents, version: p.version }
    }
}

/// One page of products.
#[derive(Debug, Serialize)]
pub struct Rows {
    items: Vec<Row>,
    next: Option<String>,
}
