//! `/api/sessions`

mod create;
mod end;
mod get;
mod revoke;

pub use create::CreateSession;
pub use end::EndSession;
pub use get::GetSession;
pub use revoke::RevokeSessions;

use crate::ids::UserId;
use bytes::Bytes;
use http::header::SET_COOKIE;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    edge::NoContent,
    lambda::{Head, Input, Problem},
    openapi::{Describe, Operation, Schemas},
    session::Token,
};

/// The owner of a new session.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Person {
    id: UserId,
    /// The name that the person chose.
    #[schemars(example = "Ada Lovelace")]
    name: String,
}

/// The answer after a session has ended: it clears the cookie.
pub(super) fn signed_out() -> NoContent {
    NoContent { headers: Token::clear_cookie().map(|cookie| (SET_COOKIE, cookie)).into_iter().collect() }
}

/// The session of the cookie that the request brought. The new cookie replaces it, so this session
/// must end.
pub struct ReplacedSession(Option<Token>);

impl Describe for ReplacedSession {
    // The document describes the cookie as a security scheme, not as a parameter.
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

impl Input for ReplacedSession {
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        Ok(Self(head.credentials.cookie().cloned()))
    }
}
