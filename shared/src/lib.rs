//! The half of Tuesday that any backend keeps: it knows no user, product or order.
//!
//! # Layout
//! From the floor up; a module imports from the ones before it only (`tests/` reads the `use` lines and checks it).
//!
//! * [`config`], [`clock`], [`version`], [`sign`]: variables; time; versions of items; one signer.
//! * [`context`], [`telemetry`], [`resilience`]: what a request carries; its wide event; breaker and backoff.
//! * [`valkey`], [`table`], [`edge`], [`queue`], [`mail`]: one owner for each service.
//! * [`cache`], [`idempotency`]: read-through and once, on top of these; [`session`]: who is signed in.
//! * [`app`]: settings to parts; [`lambda`]: the entrances, for HTTP and for batches.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

pub mod app;
pub mod cache;
pub mod clock;
pub mod config;
pub mod context;
pub mod edge;
pub mod idempotency;
pub mod lambda;
pub mod mail;
pub mod queue;
pub mod resilience;
pub mod session;
pub mod sign;
pub mod table;
pub mod telemetry;
pub mod valkey;
pub mod version;
