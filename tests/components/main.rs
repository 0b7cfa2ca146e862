//! Tests of one layer each, against real servers on this machine.

// A route, all that it calls and the test around it are one future: deeper than the compiler looks
// by itself.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod analytics;
mod another_domain;
mod cache;
mod costs;
mod edge;
mod faults;
mod fuzz;
mod helpers;
mod idempotency;
mod mail;
mod pipeline;
mod purge;
mod queue;
mod ratelimit;
mod relay;
mod routes;
mod schedule;
mod search;
mod sessions;
mod table;
mod tools;
mod upload;
mod valkey;
