//! `/api/products` and `/api/search`

mod get;
mod list;
mod search;

pub use get::Get;
pub use list::List;
pub use search::Search;

use crate::{ids::ProductId, products::Product, search::Hit};
use schemars::JsonSchema;
use serde::Serialize;
use shared::version::Version;

/// A product in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListedProduct")]
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

impl From<Hit> for Row {
    fn from(hit: Hit) -> Self {
        Self { id: hit.id, name: hit.name, category: hit.category, price_cents: hit.price_cents, version: hit.version }
    }
}

/// One page of products.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProductList")]
pub struct Rows {
    items: Vec<Row>,
    next: Option<String>,
}
