//! How a purge can fail.

use crate::queue::Failed;

/// Why a CDN did not forget. None of it is the fault of the tags: it may work later, if only after a person has acted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurgeError {
    /// The CDN takes no purges from us: its address is wrong, or our rights are.
    #[error("the CDN refuses: {0}")]
    Refused(String),
    /// More purges than it takes at a time.
    #[error("the CDN takes no more at the moment: {0}")]
    Throttled(String),
    /// It could not be reached, failed, or did not answer in time.
    #[error("the CDN is unavailable: {0}")]
    Unavailable(String),
}

impl From<PurgeError> for Failed {
    /// Whatever it is, it is the CDN's or ours, and not the message's.
    fn from(error: PurgeError) -> Self {
        Self::retry(error)
    }
}
