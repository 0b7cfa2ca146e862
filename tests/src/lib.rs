//! What the tests stand on. Nothing here is deployed.
//!
//! # Layout
//! * [`cloud`]: the stack under test: one that runs already, or a local cloud that is started for the tests.
//! * [`client`], [`aws`], [`mailbox`]: a visitor of the shop; the tables and queues behind it; the mails that it sent.
//! * [`redis`]: a cache server beside the test.

pub mod aws;
pub mod client;
pub mod cloud;
pub mod mailbox;
pub mod redis;
