//! The entrances: [`serve`] for HTTP, [`consume`] and [`consume_all`] for queues, [`relay`] for
//! table streams, [`schedule()`] for schedules. Nothing outside this folder knows that it runs on
//! Lambda.

mod consumer;
mod http;
mod object;
mod records;
mod relay;
mod runtime;
mod schedule;

pub use self::{
    consumer::{BatchConsumer, BatchWorker, Consumer, Worker, consume, consume_all},
    http::*,
    object::objects,
    records::StreamEvent,
    relay::{Change, ChangeKind, Destination, Relay, RelayedEvent, Relayer, relay},
    schedule::{RunFailed, ScheduleRunner, Scheduled, schedule},
};
