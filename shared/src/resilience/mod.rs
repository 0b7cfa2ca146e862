//! What keeps one slow or dead dependency from taking the rest along: a circuit breaker, retries
//! that spread out and come out of one budget, and answers that can do without a part.

mod backoff;
mod breaker;
mod budget;
mod optional;

pub use backoff::Backoff;
pub(crate) use backoff::random_fraction;
pub use breaker::{Breaker, Pass};
pub use budget::RetryBudget;
pub use optional::{degrade, optional};
