//! What the shop sells.
//!
//! * [`products`]: products as the table holds them. `cached_products`: products through the cache.
//! * [`lists`]: lists of products, through the cache. [`search`]: products by their words.
//! * [`pages`]: what a page of a list or a search shows.

mod cached_products;
pub mod lists;
pub mod pages;
pub mod products;
pub mod search;

pub use cached_products::{Catalog, forget};
