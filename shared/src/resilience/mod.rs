//! What keeps one slow or dead dependency from taking the rest along: a circuit breaker, and retries that spread out.

mod backoff;
mod breaker;

pub use backoff::Backoff;
pub(crate) use backoff::random_fraction;
pub use breaker::Breaker;
