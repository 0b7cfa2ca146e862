//! What the tests stand on: the services that Tuesday talks to, in the test process or beside it.
//!
//! # Layout
//! * [`dynamo`]: DynamoDB in this process, with the tables of the template.
//! * [`meddler`]: a network between a client and DynamoDB that loses, refuses and delays.
//! * [`redis`]: Redis servers on free ports.

pub mod dynamo;
pub mod meddler;
pub mod redis;
