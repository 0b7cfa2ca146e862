//! The description of the API: an OpenAPI 3.1 document, made from the types that serve it.
//!
//! A route's signature holds who may call it, what it takes and what it answers. Each of these
//! types describes its part ([`Describe`]). Shapes are derived from the types on the wire, the text
//! is their doc comments, and examples are put together from `#[schemars(example = ...)]` on their
//! fields. So a route that implements [`Route`](crate::lambda::Route) is in the document, and
//! nothing is written twice.
//!
//! Nothing here runs in a function.

mod build;
mod caller;
mod document;
mod example;
mod headers;
mod input;
mod objects;
mod operation;
mod reply;
mod route;
mod schemas;
mod tidy;

pub use build::document;
pub use caller::NO_SESSION;
pub(crate) use caller::SecurityScheme;
pub use document::{Contact, Document, Group, Info, License, Server};
pub use operation::{Operation, OperationResponse, Parameter};
pub use route::{Described, operation};
pub use schemas::{DateTime, Schemas};

/// A part of a route that describes its part of the operation.
pub trait Describe {
    /// Adds what the part takes, answers or demands.
    fn describe(operation: &mut Operation, schemas: &mut Schemas);
}
