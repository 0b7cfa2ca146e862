//! The half of Tuesday that any backend keeps: it knows no user, product or order.
//!
//! # Layout
//! From the floor up; a module imports from the ones before it only (`tests/` reads the `use` lines and checks it).
//!
//! * [`config`], [`clock`], [`version`], [`sign`]: variables; time; versions of items; one signer.
//! * [`context`], [`telemetry`], [`resilience`]: what a request carries; its wide event; breaker and backoff.
//! * [`valkey`]: the shared cache server, expected to be gone at any moment.
//! * [`table`]: typed items in DynamoDB.
//! * [`cache`]: memory and Valkey in front of a loader; one load a change, never an old value.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

pub mod cache;
pub mod clock;
pub mod config;
pub mod context;
pub mod resilience;
pub mod sign;
pub mod table;
pub mod telemetry;
pub mod valkey;
pub mod version;
