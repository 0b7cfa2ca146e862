//! The storefront from outside: what a person, a broken client and an attacker get.
//!
//! A test makes what it needs: its own accounts, and its own products where those of the catalogue
//! do not fit. So tests run side by side, and against a stack that others use too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cross;
mod helpers;
mod routes;
