//! The storefront from outside: what a person, a broken client and an attacker get to see.
//!
//! A test makes what it needs: accounts of its own, and products of its own where the catalogue's will not do. So tests run
//! side by side, and against a stack that others use too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin;
mod analytics;
mod bad_input;
mod catalog;
mod edge;
mod limits;
mod links;
mod mail;
mod matrix;
mod me;
mod never_kept;
mod once;
mod orders;
mod pace;
mod photo;
mod purge;
mod refused;
mod search;
mod sessions;
mod shelf;
mod users;

use std::{
    future::Future,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Waits until something is so, and says how long that took. Fails when it takes longer than `patience`.
async fn eventually<F: Future<Output = bool>>(patience: Duration, what: &str, so: impl Fn() -> F) -> Duration {
    let start = Instant::now();
    while !so().await {
        assert!(start.elapsed() < patience, "not within {patience:?}: {what}");
        sleep(Duration::from_millis(50)).await;
    }
    start.elapsed()
}
