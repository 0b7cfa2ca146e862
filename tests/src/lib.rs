//! What the tests stand on. Nothing here is deployed.
//!
//! # Layout
//! * [`cloud`]: the stack under test: one that runs already, or a local cloud that is started for
//!   the tests.
//! * [`client`], [`aws`], [`mailbox`]: a visitor of the shop; the tables and queues behind it; the
//!   mails that it sent.
//! * [`dynamo`]: DynamoDB in this process, with the tables of the template; on a port, or as a
//!   function.
//! * [`fault_injector`]: a network between a client and DynamoDB that loses, refuses and delays.
//! * [`redis`]: Redis servers on free ports, and a wire to them that fails on purpose.
//! * [`edge_cases`]: what the CDN does with which request; [`raw_http`]: HTTP as bytes;
//!   [`varnish`]: the CDN's stand-in in front of an [`origin`] of the test's own.
//! * [`lambda_runtime`]: Lambda's Runtime API, and a function as its own process; [`loopback`]: AWS
//!   on a port, for such processes.
//! * [`mod@line`]: the wide event of a context, as tests read it.
//! * [`sqs`], [`ses`]: SQS and SES in this process, on [`in_process`]; [`kill`]: a process that
//!   dies at a chosen moment.
//! * [`shape`]: JSON against a JSON Schema.

pub mod aws;
pub mod client;
pub mod cloud;
mod direct;
pub mod dynamo;
pub mod edge_cases;
pub mod fault_injector;
mod http;
pub mod in_process;
pub mod kill;
pub mod lambda_runtime;
pub mod line;
pub mod loopback;
pub mod mailbox;
pub mod origin;
pub mod raw_http;
pub mod redis;
pub mod ses;
pub mod shape;
pub mod sqs;
pub mod varnish;

/// What a future comes to that waits for nothing, such as signing with a key that is at hand: for
/// property tests, which are synchronous.
///
/// # Panics
/// When it does wait.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("waits for nothing")
}
