//! Why one try failed: what that says about the table, and whether another try may help.

use super::TableError;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why a try failed.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) kind: TroubleKind,
    pub(super) error: TableError,
}

/// The kinds of failures, by what helps against them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TroubleKind {
    /// There was no answer in time.
    Timeout,
    /// There was no connection, or it broke, or the answer is not one of DynamoDB.
    Lost,
    /// DynamoDB answered that it failed.
    Failing,
    /// DynamoDB throttled the call: a key, or the whole table, takes no more at the moment.
    Throttled,
    /// A transaction of another request held the item.
    Busy,
    /// The request itself was refused. Another try does not help.
    Final,
}

impl Trouble {
    pub(super) fn new(kind: TroubleKind, error: TableError) -> Self {
        Self { kind, error }
    }

    /// A try that got no answer in time.
    pub(super) fn late(operation: &'static str) -> Self {
        Self::new(TroubleKind::Timeout, TableError::late(operation))
    }

    /// Reads the `error` of `operation`.
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
