//! `/api/users`

mod create;
mod get;

pub use create::Create;
pub use get::Get;
