//! The API against its own document, on a cloud that no other test uses: what these requests write is no product that anybody
//! else would want to find.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod schema;
