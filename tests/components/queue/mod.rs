//! Queues and the workers that read them: what a batch leaves behind, and what one message may break.

mod batch;
mod sending;
mod unwinds;
