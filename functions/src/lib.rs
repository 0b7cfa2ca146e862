//! The storefront: the product that rides on `shared`, as a library with one binary a route.
//!
//! # Layout
//! * [`ids`], [`email`], [`password`]: what accounts are made of.
//! * [`users`], [`profiles`], [`accounts`]: people as the table holds them, as everyone sees them, as they see themselves.
//! * [`photos`]: their pictures, uploaded past us.
//! * [`links`], [`asked`]: proof that somebody reads a mailbox, and how it is asked for.
//! * [`products`]: products as the table holds them; [`catalog`], [`lists`]: through the cache, one
//!   by one and in lists.
//! * [`search`]: products by their words, in a table of their own; [`pages`]: what it and lists show.
//! * [`orders`], [`checkout`]: what was bought, and buying. All of these are free of HTTP and testable without Lambda.
//! * [`events`], [`mails`]: what leaves the request, and what it says.
//! * [`sales`], [`summaries`], [`together`]: what a worker derives from orders; [`recommendations`]: what is shown of it.
//! * [`routes`], [`workers`]: one type a route or worker; `bin/` starts them.
//!
//! A request is read from `bin/users-get.rs` to `routes/users/get.rs` to `profiles.rs`.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

pub mod accounts;
pub mod asked;
pub mod catalog;
pub mod checkout;
pub mod email;
pub mod events;
pub mod ids;
pub mod links;
pub mod lists;
pub mod mails;
pub mod orders;
pub mod pages;
pub mod password;
pub mod photos;
pub mod products;
pub mod profiles;
pub mod recommendations;
pub mod routes;
pub mod sales;
pub mod search;
pub mod summaries;
pub mod together;
pub mod users;
pub mod workers;
