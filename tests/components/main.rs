//! Tests of one layer each, against real servers on this machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cache;
mod jobs;
mod table;
