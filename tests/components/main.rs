//! Parts of `shared` against the protocols of what they talk to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod table;
