//! Tests of what holds for all routes: access, caching, bad input, limits and speed.

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
