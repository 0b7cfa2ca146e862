//! How a message can fail.

use super::Unsent;
use crate::table::TableError;
use jiff::Timestamp;
use std::fmt::Display;

/// Why the work for a message was not done, and so what happens to the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It can never be done. The message goes to the dead-letter queue now, with this reason, and
    /// is not tried again.
    #[error("permanent: {0}")]
    Permanent(String),
    /// It may succeed later. The message is tried again after a pause that grows with each attempt,
    /// until the worker buries it.
    #[error("retry: {0}")]
    Retry(String),
    /// Another consumer holds its lock until then, or its turn has not come. This is not a failure:
    /// the message waits on its queue.
    #[error("busy until {0}")]
    Busy(Timestamp),
}

impl Failed {
    /// It can never be done.
    pub fn permanent(why: impl Display) -> Self {
        Self::Permanent(why.to_string())
    }

    /// It may succeed later.
    pub fn retry(why: impl Display) -> Self {
        Self::Retry(why.to_string())
    }

    /// Another consumer holds its lock until this time, in milliseconds since the epoch.
    pub(crate) fn busy_until_ms(until: i64) -> Self {
        Self::Busy(Timestamp::from_millisecond(until).unwrap_or(Timestamp::MAX))
    }
}

impl From<TableError> for Failed {
    /// Every error of a table may pass without a change to the message; the next release may even
    /// correct a defect.
    fn from(error: TableError) -> Self {
        Self::retry(error)
    }
}

impl From<Unsent> for Failed {
    fn from(unsent: Unsent) -> Self {
        if unsent.permanent { Self::permanent(unsent) } else { Self::retry(unsent) }
    }
}
