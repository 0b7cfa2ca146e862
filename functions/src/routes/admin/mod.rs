//! `/api/admin`: what only administrators may do.

mod products;
mod user_view;
mod users;

pub use products::PutProduct;
pub use users::ListUsers;
