//! How often the SDK sent one call, which it does not tell.
//!
//! It matters when a conditional write is refused: after one try, someone else was there; after two, it may have been
//! the first of them, whose answer was lost.

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Counts the tries of one call.
#[derive(Debug, Default, Clone)]
pub(super) struct Tries(Arc<AtomicU32>);

impl Tries {
    /// Whether the call was sent more than once.
    pub(super) fn were_many(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}

impl Intercept for Tries {
    fn name(&self) -> &'static str {
        "Tries"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
