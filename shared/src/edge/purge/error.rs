//! How a purge can fail.

use crate::queue::Failed;

/// Why a purge failed. The tags are never the reason, so the same purge may work later, perhaps
/// only after a person has acted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurgeError {
    /// The CDN accepts no purges from us: its address is wrong, or we lack the permission.
    #[error("the CDN refuses: {0}")]
    Refused(String),
    /// There are more purges than the CDN accepts at a time.
    #[error("the CDN accepts no more purges at the moment: {0}")]
    Throttled(String),
    /// The CDN could not be reached, failed, or did not answer in time.
    #[error("the CDN is unavailable: {0}")]
    Unavailable(String),
}

impl From<PurgeError> for Failed {
    /// The fault is never the message's, so the message is tried again.
    fn from(error: PurgeError) -> Self {
        Self::retry(error)
    }
}
