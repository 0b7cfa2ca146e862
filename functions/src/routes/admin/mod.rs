//! `/api/admin`: what only administrators may do.

mod products;
mod users;

pub use products::PutProduct;
pub use users::ListUsers;
