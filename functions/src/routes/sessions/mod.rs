//! `/api/sessions`

mod create;
mod current;
mod end;
mod revoke;

pub use create::Create;
pub use current::Current;
pub use end::End;
pub use revoke::Revoke;

use crate::ids::UserId;
use schemars::JsonSchema;
use serde::Serialize;

/// The person behind a session.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Person {
    id: UserId,
    name: String,
}
