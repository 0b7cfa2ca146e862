//! How a purge can fail.

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
