//! What a route takes from a request: path, query, headers and body, as one type. A refusal names
//! every field that is wrong.

mod field;
mod idempotency_key;
mod json;
mod messages;
mod path;

pub use idempotency_key::{IdempotencyKey, replayed};
pub use json::{Json, MAX_BODY};
pub use messages::list_of;
pub use path::{Path, PathParams};

use super::{Head, Problem, query};
use bytes::Bytes;
use field::validated;
use garde::Validate;
use serde::de::DeserializeOwned;

/// Parses a part of a request, or says what is wrong with it.
pub trait Input: Sized + Send {
    /// Reads the parts that it needs. A type that takes no body ignores the body.
    fn parse(head: &Head, body: &Bytes) -> Result<Self, Problem>;
}

/// Nothing.
impl Input for () {
    fn parse(_: &Head, _: &Bytes) -> Result<Self, Problem> {
        Ok(())
    }
}

/// Two parts of one request.
impl<A: Input, B: Input> Input for (A, B) {
    fn parse(head: &Head, body: &Bytes) -> Result<Self, Problem> {
        Ok((A::parse(head, body)?, B::parse(head, body)?))
    }
}

/// The query string. The type refuses parameters that it does not know (`deny_unknown_fields`).
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Validate<Context = ()> + Send> Input for Query<T> {
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let read = query::read(&head.query).map_err(Problem::invalid)?;
        let value: T = read.map_err(|e| Problem::invalid(vec![messages::of_value(&e)]))?;
        validated(value).map(Self)
    }
}
