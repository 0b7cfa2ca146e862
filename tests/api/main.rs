//! Sends requests that are made from docs/openapi.json to a cloud that no other test uses, because
//! these requests write products that nobody wants.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod schema;
