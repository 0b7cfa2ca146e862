//! The storefront: the product that rides on `shared`, as a library with one binary a route.
//!
//! # Layout
//! * [`ids`], [`email`], [`password`]: what accounts are made of.
//! * [`users`], [`products`], [`orders`], [`checkout`]: the product's nouns and its one verb, free of HTTP and testable without Lambda.
//! * [`search`]: products by their words, in a table of their own.
//! * [`events`], [`mails`]: what leaves the request, and what it says.
//! * [`routes`], [`workers`]: one type a route or worker; `bin/` starts them.
//!
//! A request is read from `bin/users-get.rs` to `routes/users/get.rs` to `users.rs`.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

pub mod checkout;
pub mod email;
pub mod events;
pub mod ids;
pub mod mails;
pub mod orders;
pub mod password;
pub mod products;
pub mod routes;
pub mod search;
pub mod users;
pub mod workers;
