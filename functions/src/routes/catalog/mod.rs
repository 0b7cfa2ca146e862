//! `/api/products` and `/api/search`

mod get;
mod list;
mod search;

pub use get::GetProduct;
pub use list::ListProducts;
pub use search::SearchProducts;

use crate::{
    catalog::pages::{CatalogPage, ListedProduct},
    ids::ProductId,
};
use schemars::JsonSchema;
use serde::Serialize;
use shared::version::Version;

/// A product in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListedProduct")]
pub struct ListedProductView {
    id: ProductId,
    name: String,
    category: String,
    price_cents: u64,
    version: Version,
}

impl From<ListedProduct> for ListedProductView {
    fn from(product: ListedProduct) -> Self {
        let ListedProduct { id, name, category, price_cents, version } = product;
        Self { id, name, category, price_cents, version }
    }
}

/// One page of products.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProductList")]
pub struct ProductListView {
    items: Vec<ListedProductView>,
    next: Option<String>,
}

impl From<CatalogPage> for ProductListView {
    fn from(page: CatalogPage) -> Self {
        Self { items: page.items.into_iter().map(ListedProductView::from).collect(), next: page.next }
    }
}
