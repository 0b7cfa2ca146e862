//! What the tests stand on. Nothing here is deployed.
//!
//! # Layout
//! * [`cloud`]: the stack under test: one that runs already, or a local cloud that is started for the tests.
//! * [`client`], [`aws`], [`mailbox`]: a visitor of the shop; the tables and queues behind it; the mails that it sent.
//! * [`dynamo`]: DynamoDB in this process, with the tables of the template; on a port, or as a
//!   function.
//! * [`meddler`]: a network between a client and DynamoDB that loses, refuses and delays.
//! * [`redis`]: Redis servers on free ports, and a wire to them that fails on purpose (`faults`).
//! * [`cases`]: what the CDN does with which request; [`raw`]: HTTP as bytes; [`varnish`]: the CDN's stand-in in front of an [`origin`] of the test's own.
//! * [`runtime`]: Lambda's Runtime API, and a function as a process of its own; [`loopback`]: AWS on a port, for such.
//! * [`queues`], [`post`]: SQS and SES in this process, on [`wire`]; [`killed`]: a process that dies at a chosen moment.

pub mod aws;
pub mod cases;
pub mod client;
pub mod cloud;
mod direct;
pub mod dynamo;
mod http;
pub mod killed;
pub mod loopback;
pub mod mailbox;
pub mod meddler;
pub mod origin;
pub mod post;
pub mod queues;
pub mod raw;
pub mod redis;
pub mod runtime;
pub mod varnish;
pub mod wire;

/// What a future comes to that waits for nothing, such as signing with a key that is at hand: for
/// property tests, which are synchronous.
///
/// # Panics
/// When it does wait.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("waits for nothing")
}
