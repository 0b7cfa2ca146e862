//! What can go wrong at the table, sorted by what the caller can do about it.

use super::reason::{Reason, or_none};
use crate::version::Version;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// A call to the table that did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The condition of a write did not hold; nothing was written.
    #[error("the item is at another version than expected: {}", or_none(*current))]
    Conflict {
        /// The version that is there now; `None` when there is no item.
        current: Option<Version>,
    },
    /// A transaction was cancelled; nothing was written. One reason a write, in order.
    #[error("the transaction was cancelled: {}", listed(.0))]
    Cancelled(Vec<Reason>),
    /// A transaction of another request held the item at every try; nothing was written. Worth a 409 or a later try.
    #[error("{operation}: other transactions hold the item")]
    Busy {
        /// The operation, as AWS names it.
        operation: &'static str,
    },
    /// Throttled, unreachable, failing, or out of time. A write may or may not have happened.
    #[error("{operation} is unavailable: {cause}")]
    Unavailable {
        /// The operation, as AWS names it.
        operation: &'static str,
        /// What happened, with its causes.
        cause: String,
    },
    /// Refused for what the program asked, or is allowed to do: a defect, which no retry mends.
    #[error("{operation} was refused: {cause}")]
    Refused {
        /// The operation, as AWS names it.
        operation: &'static str,
        /// What happened, with its causes.
        cause: String,
    },
    /// What is stored, or was to be stored, is not what the program takes for an item.
    #[error("{0}")]
    Corrupt(String),
}

impl TableError {
    /// Whether other writers were in the way, and nothing else: the same call may succeed in a moment.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Cancelled(reasons) => {
                reasons.iter().any(|r| matches!(r, Reason::Busy))
                    && reasons.iter().all(|r| matches!(r, Reason::Busy | Reason::None))
            }
            _ => false,
        }
    }

    /// Whether the table could not be asked, so that an older answer from elsewhere is better than none.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Cancelled(reasons) => reasons.iter().any(|r| matches!(r, Reason::Throttled)),
            _ => false,
        }
    }

    /// Whether the same write is worth another try at once: contention or throttling, and no condition that failed.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Cancelled(reasons) => {
                reasons.iter().all(|r| matches!(r, Reason::Busy | Reason::Throttled | Reason::None))
            }
            _ => false,
        }
    }

    /// What `error` of `operation` means, unless the caller has read more out of it before.
    pub(super) fn from_sdk<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let cause = DisplayErrorContext(error).to_string();
        match error {
            SdkError::ServiceError(service) => match service.err().code() {
                Some("TransactionConflictException") => Self::Busy { operation },
                Some(code) if !is_transient(code) && service.raw().status().is_client_error() => {
                    Self::Refused { operation, cause }
                }
                _ => Self::Unavailable { operation, cause },
            },
            SdkError::ConstructionFailure(_) => Self::Refused { operation, cause },
            _ => Self::Unavailable { operation, cause },
        }
    }

    pub(super) fn late(operation: &'static str) -> Self {
        Self::Unavailable { operation, cause: "out of time".to_owned() }
    }
}

/// The codes of the 400 family that pass by themselves. Source: "Error handling with DynamoDB", AWS documentation
/// (`Programming.Errors.html`).
fn is_transient(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "ThrottlingError"
            | "RequestLimitExceeded"
            | "ItemCollectionSizeLimitExceededException"
            | "LimitExceededException"
            | "TransactionInProgressException"
            | "ReplicatedWriteConflictException"
    )
}

fn listed(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
