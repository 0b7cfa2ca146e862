//! Queues, and the workers that read them.

mod batch;
mod sending;
mod unwinds;
