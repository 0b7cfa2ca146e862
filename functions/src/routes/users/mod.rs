//! `/api/users`

mod create;
mod get;

pub use create::CreateUser;
pub use get::GetUser;
