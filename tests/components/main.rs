//! Parts of `shared` against the servers and protocols of what they talk to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cache;
mod jobs;
mod table;
