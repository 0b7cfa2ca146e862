//! What can go wrong at the table, sorted by what the caller can do about it.

use super::reason::{Reason, or_none};
use crate::version::Version;

/// Why a call to the table failed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The condition of a write did not hold; nothing was written.
    #[error("the item is at another version than expected: {}", or_none(*current))]
    Conflict {
        /// The version that is there now; `None` when there is no item.
        current: Option<Version>,
    },
    /// A transaction was cancelled; nothing was written. There is one reason for each write, in
    /// their order.
    #[error("the transaction was cancelled: {}", listed(.0))]
    Cancelled(Vec<Reason>),
    /// A transaction of another request held the item at every try; nothing was written. Answer
    /// 409, or try later.
    #[error("{operation}: other transactions hold the item")]
    Busy {
        /// The operation, as AWS names it.
        operation: &'static str,
    },
    /// The table throttled the call, failed, could not be reached or took too long; or it was not
    /// called, because it did not answer a moment ago. A write may or may not have happened.
    #[error("{operation} is unavailable: {cause}")]
    Unavailable {
        /// The operation, as AWS names it.
        operation: &'static str,
        /// What happened, with its causes.
        cause: String,
    },
    /// DynamoDB refused the request itself, or the program lacks a permission. This is a defect; a
    /// retry does not help.
    #[error("{operation} was refused: {cause}")]
    Refused {
        /// The operation, as AWS names it.
        operation: &'static str,
        /// What happened, with its causes.
        cause: String,
    },
    /// The stored item, or the one to store, does not have the form that the program expects.
    #[error("{0}")]
    Corrupt(String),
}

impl TableError {
    /// Whether only other writers were in the way, so that the same call may succeed in a moment.
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

    /// Whether the table gave no answer, so that an older answer from elsewhere is better than
    /// none.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Cancelled(reasons) => reasons.iter().any(|r| matches!(r, Reason::Throttled)),
            _ => false,
        }
    }

    /// Whether a condition of the write did not hold: another writer was faster.
    pub(super) fn is_condition(&self) -> bool {
        match self {
            Self::Conflict { .. } => true,
            Self::Cancelled(reasons) => reasons.iter().any(Reason::is_condition),
            _ => false,
        }
    }

    /// A condition that did not hold as a [`Conflict`](Self::Conflict), for a transaction about one
    /// item: with the version that stood in the way of its write number `at`.
    #[must_use]
    pub fn conflict_at(self, at: usize) -> Self {
        match self {
            Self::Cancelled(reasons) if reasons.iter().any(Reason::is_condition) => {
                Self::Conflict { current: reasons.get(at).and_then(Reason::version) }
            }
            other => other,
        }
    }

    pub(super) fn late(operation: &'static str) -> Self {
        Self::unavailable(operation, "out of time")
    }

    pub(super) fn unavailable(operation: &'static str, cause: &str) -> Self {
        Self::Unavailable { operation, cause: cause.to_owned() }
    }
}

fn listed(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
