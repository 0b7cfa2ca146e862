//! The half of Tuesday that any backend keeps: it knows no user, product or order.
//!
//! # Layout
//! From the floor up: a module imports only from those before it, and a test checks it.
//!
//! * [`mod@env`], [`config`], [`clock`], [`version`], [`stopwatch`]: the environment variables and
//!   their values, time, versions of items, and the time that a request has waited.
//! * [`context`], [`telemetry`], [`resilience`]: what a request carries, its log line, and circuit
//!   breaker, retry budget and backoff.
//! * [`sign`], [`token`], [`https`]: the signer, the token that says what a client has seen, and
//!   the HTTPS client of the SDKs.
//! * [`valkey`]: the cache server, which may be gone at any moment.
//! * [`table`], [`edge`], [`mail`], [`upload`], [`queue`]: typed items in DynamoDB, what the CDN
//!   may keep, e-mail through SES, uploads straight to S3, and messages on SQS.
//! * [`cache`]: memory and Valkey in front of a loader. A change leads to one load, and no old
//!   value comes back.
//! * [`idempotency`]: work that is requested several times and done once. [`ratelimit`]: how often
//!   a client may call. [`signing_keys`]: where the signer's keys are kept.
//! * [`session`]: who is signed in. [`app`]: makes parts from settings. [`lambda`]: the entrances.
//!   [`openapi`]: the API document.
//!
//! # Features
//! All are on by default but `cloudfront`. Each brings the client of its own service only, so a
//! program that takes `default-features = false, features = ["cache"]` compiles no AWS SDK.
//!
//! * `cache`: [`valkey`] and [`cache`]. `table`: [`table`] and [`signing_keys`], on DynamoDB.
//! * `queue`: [`queue`] and [`idempotency`], on SQS, with `table`. `mail`: [`mail`], with `queue`.
//!   `upload`: [`upload`], on S3.
//! * `lambda`: [`lambda`], [`openapi`], [`app`], [`session`], [`ratelimit`] and [`edge`], with
//!   `cache` and `queue`.
//! * `cloudfront`: purges at CloudFront, with `lambda`.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

#[cfg(feature = "lambda")]
pub mod app;
#[cfg(feature = "cache")]
pub mod cache;
pub mod clock;
pub mod config;
pub mod context;
#[cfg(feature = "lambda")]
pub mod edge;
pub mod env;
#[cfg(feature = "aws")]
pub mod https;
#[cfg(feature = "queue")]
pub mod idempotency;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "lambda")]
pub mod openapi;
#[cfg(feature = "queue")]
pub mod queue;
#[cfg(feature = "lambda")]
pub mod ratelimit;
pub mod resilience;
#[cfg(feature = "lambda")]
pub mod session;
pub mod sign;
#[cfg(feature = "table")]
pub mod signing_keys;
pub mod stopwatch;
#[cfg(feature = "table")]
pub mod table;
pub mod telemetry;
pub mod token;
#[cfg(feature = "upload")]
pub mod upload;
#[cfg(feature = "cache")]
pub mod valkey;
pub mod version;
