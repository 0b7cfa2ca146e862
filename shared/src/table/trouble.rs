//! What came of one try that did not do what was asked: what it says about the table, and whether
//! another is worth it.

use super::TableError;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why a try came to nothing.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) kind: TroubleKind,
    pub(super) error: TableError,
}

/// The kinds of trouble, by what helps against them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TroubleKind {
    /// There was no answer in time.
    Timeout,
    /// There was no connection, or it broke, or what came is no answer of DynamoDB's.
    Lost,
    /// DynamoDB answered that it failed.
    Failing,
    /// DynamoDB asked for patience: a key, or the whole table, takes no more at the moment.
    Throttled,
    /// A transaction of another request held the item.
    Busy,
    /// Refused for what was asked. No other try mends it.
    Final,
}

impl Trouble {
    pub(super) fn new(kind: TroubleKind, error: TableError) -> Self {
        Self { kind, error }
    }

    /// A try that was not answered while it was waited for.
    pub(super) fn late(operation: &'static str) -> Self {
        Self::new(TroubleKind::Timeout, TableError::late(operation))
    }

    /// What `error` of `operation` means.
    pub(super) fn of<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let kind = match error {
            SdkError::TimeoutError(_) => TroubleKind::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => TroubleKind::Timeout,
            SdkError::ServiceError(service) => match service.err().code() {
                Some("TransactionConflictException") => TroubleKind::Busy,
                Some(code) if is_transient(code) => TroubleKind::Throttled,
                Some(_) if service.raw().status().is_client_error() => TroubleKind::Final,
                _ => TroubleKind::Failing,
            },
            SdkError::ConstructionFailure(_) => TroubleKind::Final,
            _ => TroubleKind::Lost,
        };
        let cause = DisplayErrorContext(error).to_string();
        Self::new(
            kind,
            match kind {
                TroubleKind::Busy => TableError::Busy { operation },
                TroubleKind::Final => TableError::Refused { operation, cause },
                _ => TableError::Unavailable { operation, cause },
            },
        )
    }

    /// Whether a write of this try may have been carried out all the same.
    pub(super) fn may_have_happened(&self) -> bool {
        matches!(self.kind, TroubleKind::Timeout | TroubleKind::Lost | TroubleKind::Failing)
    }
}

/// The codes of the 400 family that pass by themselves. Source: "Error handling with DynamoDB", AWS
/// documentation (`Programming.Errors.html`).
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
