//! How a message can fail.

use super::Unsent;
use crate::table::TableError;
use jiff::Timestamp;
use std::fmt::Display;

/// Why a message was not done, and so what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It never will be done: it goes to the dead-letter queue now, with this reason, and is not tried again.
    #[error("permanent: {0}")]
    Permanent(String),
    /// It may be done later: it is tried again after a pause that grows with each attempt, until the queue gives up.
    #[error("retry: {0}")]
    Retry(String),
    /// Somebody else holds it until then, or its turn has not come. No failure: the message waits on its queue.
    #[error("busy until {0}")]
    Busy(Timestamp),
}

impl Failed {
    /// It never will be done.
    pub fn permanent(why: impl Display) -> Self {
        Self::Permanent(why.to_string())
    }

    /// It may be done later.
    pub fn retry(why: impl Display) -> Self {
        Self::Retry(why.to_string())
    }

    /// Somebody else holds it, until this time in milliseconds since the epoch.
    pub(crate) fn busy_until_ms(until: i64) -> Self {
        Self::Busy(Timestamp::from_millisecond(until).unwrap_or(Timestamp::MAX))
    }
}

impl From<TableError> for Failed {
    /// Whatever it is, it may be mended without touching the message: even a defect is, by the next release.
    fn from(error: TableError) -> Self {
        Self::retry(error)
    }
}

impl From<Unsent> for Failed {
    fn from(unsent: Unsent) -> Self {
        if unsent.permanent { Self::permanent(unsent) } else { Self::retry(unsent) }
    }
}
