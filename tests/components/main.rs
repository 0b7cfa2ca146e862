//! Tests of one layer each, against real servers on this machine.

// A route, all that it calls and the test around it are one future: deeper than the compiler looks by itself.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cache;
mod costs;
mod edge;
mod faults;
mod fuzz;
mod jobs;
mod limits;
mod purge;
mod routes;
mod search;
mod seeding;
mod sessions;
mod table;
mod uploads;
mod valkey;
