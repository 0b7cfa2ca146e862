//! Writes under a condition: what one try came to, and what that means for the call.

use super::{TableError, call::Completed, item::Attributes, kind::Kind, meter, reason::Found, trouble::Trouble};
use crate::context::Cx;
use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::ConsumedCapacity,
};

/// One try: what it consumed, or the item that its condition refused.
pub(super) type Written = Result<Option<ConsumedCapacity>, Option<Found>>;

/// Reads the answer to one try. `refused` finds the item in an error that says that the condition
/// did not hold.
pub(super) fn written<O, E>(
    operation: &'static str,
    sent: Result<O, SdkError<E>>,
    consumed: impl Fn(O) -> Option<ConsumedCapacity>,
    refused: impl Fn(&E) -> Option<Option<Attributes>>,
) -> Result<Written, Trouble>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match sent {
        Ok(done) => Ok(Ok(consumed(done))),
        Err(error) => match error.as_service_error().and_then(refused) {
            Some(item) => Ok(Err(item.and_then(Found::new))),
            None => Err(Trouble::of(operation, &error)),
        },
    }
}

/// Ends the call. If an earlier try may have been carried out, `is_done` looks at what stands in
/// the way of the last one, and says whether it is the work of the first.
pub(super) fn ended(
    cx: &Cx,
    answer: Completed<Written>,
    is_done: impl FnOnce(Option<&Found>) -> bool,
) -> Result<(), TableError> {
    match answer.value {
        Ok(consumed) => meter::capacity(cx, Kind::Write, &consumed),
        Err(found) if answer.repeated && is_done(found.as_ref()) => {}
        Err(found) => return Err(TableError::Conflict { current: found.and_then(|found| found.version()) }),
    }
    Ok(())
}
