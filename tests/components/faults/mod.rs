//! The network that fails on purpose, seen from real clients: each fault does what its name says,
//! and nothing else.

mod aws;
mod cache;
mod queues;

use std::time::{Duration, Instant};

/// How long something took, and what came of it.
async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let started = Instant::now();
    let output = work.await;
    (started.elapsed(), output)
}
