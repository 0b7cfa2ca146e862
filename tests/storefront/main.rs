//! The storefront from outside: what a person, a broken client and an attacker get to see.
//!
//! A test makes what it needs: accounts of its own, and products of its own where the catalogue's will not do. So tests run
//! side by side, and against a stack that others use too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod analytics;
mod bad_input;
mod catalog;
mod edge;
mod mail;
mod once;
mod orders;
mod pace;
mod refused;
mod sessions;
mod shelf;
mod users;
