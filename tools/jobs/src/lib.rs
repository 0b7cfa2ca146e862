//! What a person does with jobs that went wrong: look at the dead letters, drive them back, tell events again.
//!
//! Nothing here is deployed. It speaks to the local cloud or to AWS with the same calls.

pub mod queues;
pub mod redrive;
pub mod replay;
