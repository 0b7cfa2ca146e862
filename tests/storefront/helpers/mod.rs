//! Functions that several tests use.

pub(crate) mod fixtures;
pub(crate) mod refusals;

use std::{
    future::Future,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Waits until a condition holds, and returns how long that took. Fails after `patience`.
pub(crate) async fn eventually<F: Future<Output = bool>>(
    patience: Duration,
    what: &str,
    holds: impl Fn() -> F,
) -> Duration {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < patience, "not within {patience:?}: {what}");
        sleep(Duration::from_millis(50)).await;
    }
    start.elapsed()
}
