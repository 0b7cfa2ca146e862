//! What a request says about itself: one JSON line, wide, at its end.
//!
//! A line a step would cost more than the step; one line with every count, time and outcome answers the questions of an
//! incident ("which layer answered?", "how many table reads?") with a query over lines. Never in it: tokens, passwords,
//! e-mail addresses, bodies.

mod event;
mod log;

pub use event::Event;
pub use log::init;
