//! `/api/sessions`

mod create;
mod current;
mod end;

pub use create::Create;
pub use current::Current;
pub use end::End;

use crate::ids::UserId;
use serde::Serialize;

/// The person behind a session.
#[derive(Debug, Serialize)]
pub struct Person {
    id: UserId,
    name: String,
}
