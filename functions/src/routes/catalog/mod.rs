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
    routes::page_params::Cursor,
};
use schemars::JsonSchema;
use serde::Serialize;
use shared::version::Version;

/// A product, as lists show it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListedProduct")]
pub struct ListedProductView {
    id: ProductId,
    /// The name of the product.
    #[schemars(example = "First Flush Assam")]
    name: String,
    /// The category: lower-case letters, digits and hyphens.
    #[schemars(example = "black-tea")]
    category: String,
    /// The price, in cents of US dollars.
    #[schemars(example = 2_190)]
    price_cents: u64,
    /// The version of the product.
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
    /// The products of the page.
    items: Vec<ListedProductView>,
    /// The `cursor` of the next page; `null` on the last page.
    #[schemars(with = "Option<Cursor>")]
    next: Option<String>,
}

impl From<CatalogPage> for ProductListView {
    fn from(page: CatalogPage) -> Self {
        Self { items: page.items.into_iter().map(ListedProductView::from).collect(), next: page.next }
    }
}
