//! Kinds of calls to a table.

/// What a call is, and so how it is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    /// Whether it happened matters.
    Write,
    /// A write that the caller can go on without: waited for like a read.
    Sum,
    /// The same, and to be sent once.
    SumOnce,
}

impl Kind {
    pub(super) fn is_read(self) -> bool {
        self == Self::Read
    }
}
