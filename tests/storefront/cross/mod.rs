//! What holds for all routes: who may call them, what caches keep, what is refused, how fast they are.

mod analytics;
mod authorization_matrix;
mod bad_input;
mod cache_privacy;
mod edge;
mod idempotency;
mod limits;
mod mail;
mod purge;
mod throughput;
