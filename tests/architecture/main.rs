//! The walls of the house, checked on the sources: who imports whom, which crate is named where, that the code and
//! `template.yaml` say the same, and that files stay small enough to be read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod degradation;
mod floors;
mod openapi;
mod parity;
mod paths;
mod profiles;
mod sizes;
mod sources;
mod template;
mod words;
