//! `/api/products`

mod get;
mod list;

pub use get::Get;
pub use list::List;
