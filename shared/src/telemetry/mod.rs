//! What a request says about itself: one wide JSON line, at its end.
//!
//! A line for each step would cost more than the step. One line with every count, time and outcome
//! answers the questions of an incident ("which layer answered?", "how many table reads?") with a
//! query over lines. It never holds tokens, passwords, e-mail addresses or bodies.
//!
//! Layers write to it by the keys in [`fields`], and no code reads it.

mod event;
#[macro_use]
mod field;
pub mod fields;
mod log;

pub use event::Event;
pub use field::{CountField, FactField, Field, FieldKind, MetricField, SumField, TimeField};
pub use log::init;
