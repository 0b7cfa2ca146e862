//! What the API says of itself: an OpenAPI 3.1 document, made from the types that serve it.
//!
//! A route's signature holds who may call it, what it takes and what it answers. Each of these
//! types says its part ([`Describe`]), shapes are derived from the types on the wire, and the text
//! is their doc comments. So a new route is in the document by implementing
//! [`Route`](crate::lambda::Route), and nothing is written twice.
//!
//! Nothing here runs in a function.

mod caller;
mod document;
mod headers;
mod input;
mod operation;
mod reply;
mod schemas;

pub use caller::NO_SESSION;
pub use document::{Document, Info, Operation, OperationResponse, Parameter};
pub use operation::{Described, document, operation};
pub use schemas::{DateTime, Schemas};

/// Says its part of an operation.
pub trait Describe {
    /// Adds what it takes, answers or demands.
    fn describe(operation: &mut Operation, schemas: &mut Schemas);
}
