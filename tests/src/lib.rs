//! What the tests stand on: the services that Tuesday talks to, in the test process or beside it.
//!
//! # Layout
//! * [`dynamo`]: DynamoDB in this process, with the tables of the template.
//! * [`meddler`]: a network between a client and DynamoDB that loses, refuses and delays.
//! * [`queues`], [`post`]: SQS and SES in this process, on [`wire`]; [`killed`]: a process that dies at a chosen moment.
//! * [`redis`]: a cache server beside it.

pub mod dynamo;
pub mod killed;
pub mod meddler;
pub mod post;
pub mod queues;
pub mod redis;
pub mod wire;
