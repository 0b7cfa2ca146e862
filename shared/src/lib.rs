//! The half of Tuesday that any backend keeps: it knows no user, product or order.
//!
//! # Layout
//! From the floor up; a module imports from the ones before it only (`tests/` reads the `use` lines and checks it).
//!
//! * [`config`], [`clock`], [`version`], [`stopwatch`]: variables; time; versions of items; what a
//!   request has waited.
//! * [`context`], [`telemetry`], [`resilience`]: what a request carries; its wide event; breaker,
//!   retry budget and backoff.
//! * [`sign`], [`token`], [`https`]: one signer; what a client has seen, carried by the client; the
//!   HTTPS client of the SDKs.
//! * [`valkey`]: the shared cache server, expected to be gone at any moment.
//! * [`table`], [`edge`], [`mail`], [`upload`], [`queue`]: typed items in DynamoDB; what the CDN may keep; e-mail through SES;
//!   uploads straight to S3; messages on SQS.
//! * [`cache`]: memory and Valkey in front of a loader; one load a change, never an old value.
//! * [`idempotency`]: work that is asked for several times and done once. [`ratelimit`]: who may ask how often.
//! * [`signing_keys`]: where the signer's keys are kept.
//! * [`session`]: who is signed in. [`app`]: settings to parts. [`lambda`]: the entrances. [`openapi`]: what they say of themselves.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

pub mod app;
pub mod cache;
pub mod clock;
pub mod config;
pub mod context;
pub mod edge;
pub mod https;
pub mod idempotency;
pub mod lambda;
pub mod mail;
pub mod openapi;
pub mod queue;
pub mod ratelimit;
pub mod resilience;
pub mod session;
pub mod sign;
pub mod signing_keys;
pub mod stopwatch;
pub mod table;
pub mod telemetry;
pub mod token;
pub mod upload;
pub mod valkey;
pub mod version;
