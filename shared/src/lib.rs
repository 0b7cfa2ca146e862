//! The half of Tuesday that any backend keeps: it knows no user, product or order.
//!
//! # Layout
//! From the floor up; a module imports from the ones before it only (`tests/` reads the `use` lines and checks it).
//!
//! * [`config`], [`clock`], [`version`], [`sign`]: variables; time; versions of items; one signer.
//! * [`context`], [`telemetry`], [`resilience`]: what a request carries; its wide event; breaker and backoff.
//! * [`table`], [`mail`], [`queue`]: typed items in DynamoDB; e-mail through SES; messages on SQS.
//! * [`idempotency`]: work that is asked for several times and done once.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

pub mod clock;
pub mod config;
pub mod context;
pub mod idempotency;
pub mod mail;
pub mod queue;
pub mod resilience;
pub mod sign;
pub mod table;
pub mod telemetry;
pub mod version;
