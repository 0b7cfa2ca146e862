//! The entrance for queues: [`consume`] for work that is done a message at a time, [`consume_all`]
//! for work that is done a batch at a time.

mod batch;
mod batch_worker;
mod lifecycle;
mod outcome;
mod worker;

pub use batch::{Consumer, consume};
pub use batch_worker::{BatchConsumer, BatchWorker, consume_all};
pub(super) use lifecycle::guarded;
pub(super) use outcome::Outcome;
pub use worker::Worker;
