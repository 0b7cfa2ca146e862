//! The half of Tuesday that any backend keeps: it knows no user, product or order.
//!
//! # Layout
//! From the floor up; a module imports from the ones before it only (`tests/` reads the `use` lines and checks it).
//!
//! * [`config`], [`clock`], [`version`], [`sign`], [`stopwatch`]: variables; time; versions of
//!   items; one signer; what a request has waited.
//! * [`context`], [`telemetry`], [`resilience`]: what a request carries; its wide event; breaker and backoff.
//! * [`token`]: what a client has seen, carried by the client.
//! * [`valkey`]: the shared cache server, expected to be gone at any moment.
//! * [`table`], [`edge`], [`mail`], [`upload`], [`queue`]: typed items in DynamoDB; what the CDN may keep; e-mail through SES;
//!   uploads straight to S3; messages on SQS.
//! * [`cache`]: memory and Valkey in front of a loader; one load a change, never an old value.
//! * [`idempotency`]: work that is asked for several times and done once. [`ratelimit`]: who may ask how often.
//! * [`session`]: who is signed in. [`app`]: settings to parts. [`lambda`]: the entrances. [`openapi`]: what they say of themselves.

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
pub mod openapi;
pub mod queue;
pub mod ratelimit;
pub mod resilience;
pub mod session;
pub mod sign;
pub mod stopwatch;
pub mod table;
pub mod telemetry;
pub mod token;
pub mod upload;
pub mod valkey;
pub mod version;
