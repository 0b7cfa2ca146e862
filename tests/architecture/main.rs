//! The architecture, checked on the sources: who imports whom, which crate is named where, that the
//! code and `template.yaml` say the same, and that files stay small enough to be read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod circles;
mod columns;
mod comments;
mod degradation;
mod features;
mod fields;
mod floors;
mod generated;
mod graph;
mod numbers;
mod once;
mod openapi;
mod owners;
mod parity;
mod paths;
mod paths_tests;
mod profiles;
mod purge_delay;
mod sizes;
mod sources;
mod template;
mod tokens;
mod variables;
mod words;
