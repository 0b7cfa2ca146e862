//! Keeps one slow or dead dependency from harming everything else: a circuit breaker, a backoff, a
//! budget of retries, and parts of a response that may be missing.

mod backoff;
mod breaker;
mod budget;
mod optional;

pub use backoff::Backoff;
pub(crate) use backoff::random_fraction;
pub use breaker::{Breaker, Pass};
pub use budget::RetryBudget;
pub use optional::{degrade, optional};
