//! The entrance for queues: [`consume`] for work on one message at a time, [`consume_all`] for work
//! on a batch at a time.

mod batch;
mod batch_worker;
mod lifecycle;
mod outcome;
mod worker;

pub use batch::{Consumer, consume};
pub use batch_worker::{BatchConsumer, BatchWorker, consume_all};
pub(super) use lifecycle::guarded;
pub(super) use outcome::WorkOutcome;
pub use worker::Worker;
