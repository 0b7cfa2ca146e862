//! What a person does with jobs that went wrong: look at the dead letters, drive them back, tell events again.
//!
//! Nothing here is deployed. It speaks to the local cloud or to AWS with the same calls.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

mod progress;
pub mod queues;
pub mod redrive;
mod reindex;
pub mod replay;
pub mod seed;
