//! Turns the errors of the modules below into problems.
//!
//! Those errors know no HTTP. This file alone decides what a client learns of them.

use super::Problem;
use crate::{
    config::ConfigError,
    idempotency::IdempotencyError,
    session::StartError,
    sign::NoKey,
    table::{Reason, TableError},
};

impl From<TableError> for Problem {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Conflict { current } => Self::stale(current),
            error if error.is_busy() => Self::in_progress(),
            error if error.is_unavailable() => Self::unavailable(error),
            // A condition for which the route has no problem of its own: the item is not as the
            // caller knew it.
            TableError::Cancelled(reasons) if reasons.iter().any(Reason::is_condition) => {
                Self::stale(reasons.iter().find_map(Reason::version))
            }
            error => Self::internal(error),
        }
    }
}

impl From<IdempotencyError> for Problem {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Mismatch => Self::key_reused(),
            IdempotencyError::Busy { .. } | IdempotencyError::Stuck => Self::in_progress(),
            IdempotencyError::Table(error) => error.into(),
            IdempotencyError::Refused(reasons) => TableError::Cancelled(reasons).into(),
            IdempotencyError::Result(error) => Self::internal(error),
        }
    }
}

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Refused => Self::wrong_credentials(),
            StartError::Table(error) => error.into(),
        }
    }
}

impl From<NoKey> for Problem {
    fn from(error: NoKey) -> Self {
        Self::unavailable(error)
    }
}

impl From<ConfigError> for Problem {
    fn from(error: ConfigError) -> Self {
        Self::internal(error)
    }
}
