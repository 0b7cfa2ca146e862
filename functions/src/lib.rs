//! The storefront: the product that rides on `shared`, as a library with one binary a route.
//!
//! # Layout
//! * [`accounts`]: people: their accounts, profiles, pictures, passwords and links in mails.
//! * [`catalog`]: products, one by one, in lists, and by search.
//! * [`orders`]: what was bought, and buying.
//! * [`analytics`]: what a worker derives from orders: sales, summaries, recommendations.
//! * [`env`]: the environment variables that the storefront reads.
//! * [`ids`], [`events`], [`mails`]: the ids of all of these, what happened to them, and what mails
//!   say about it. All modules down to here are free of HTTP and run without Lambda.
//! * [`fields`]: what the storefront adds to the log line.
//! * [`routes`], [`workers`]: one type a route or worker. The files in `bin/` start them.
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
