//! `/api/products` and `/api/search`

mod get;
mod list;
mod search;

pub use get::Get;
pub use list::List;
pub use search::Search;

use crate::{
    catalog::pages::{Listed, Page},
    ids::ProductId,
};
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

impl From<Listed> for Row {
    fn from(product: Listed) -> Self {
        let Listed { id, name, category, price_cents, version } = product;
        Self { id, name, category, price_cents, version }
    }
}

/// One page of products.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProductList")]
pub struct Rows {
    items: Vec<Row>,
    next: Option<String>,
}

impl From<Page> for Rows {
    fn from(page: Page) -> Self {
        Self { items: page.items.into_iter().map(Row::from).collect(), next: page.next }
    }
}
