//! The catalogue: what the shop sells.
//!
//! * [`products`]: products as the table stores them. `cached_products`: products through the
//!   cache.
//! * [`lists`]: lists of products, through the cache. [`search`]: finds products by their words.
//! * [`pages`]: the content of a page of a list or a search.
//! * [`spelling`]: how categories and the paths of pictures are written.

mod cached_products;
pub mod lists;
pub mod pages;
pub mod products;
pub mod search;
pub mod spelling;

pub use cached_products::{Catalog, forget};
