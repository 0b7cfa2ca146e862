//! The storefront: the product that is built on `shared`, as a library with one binary for each
//! route and worker.
//!
//! # Layout
//! * [`accounts`]: people: their accounts, profiles, pictures, passwords, and the links in mails.
//! * [`catalog`]: products, one by one, in lists, and by search.
//! * [`orders`]: orders, and the checkout that makes them.
//! * [`analytics`]: what a worker computes from orders: sales, summaries, recommendations.
//! * [`mod@env`]: the environment variables that the storefront reads.
//! * [`ids`], [`events`], [`mails`]: ids, events on queues, and the texts of mails. No module in
//!   the list so far knows HTTP or Lambda.
//! * [`fields`]: the fields that the storefront adds to the log line.
//! * [`routes`], [`workers`]: one type for each route and worker. The files in `bin/` start them.
//!
//! A reader follows a request from `bin/users-get.rs` to `routes/users/get.rs` and on to
//! `accounts/profiles.rs`.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

pub mod accounts;
pub mod analytics;
pub mod catalog;
pub mod env;
pub mod events;
pub mod fields;
pub mod ids;
pub mod mails;
pub mod orders;
pub mod routes;
pub mod workers;
