//! Kinds of calls to a table.

/// The kind of a call, which decides how long to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    /// The caller must know whether it happened.
    Write,
    /// A write that the caller can do without. It gets as much time as a read.
    Sum,
    /// The same, but sent only once.
    SumOnce,
}

impl Kind {
    pub(super) fn is_read(self) -> bool {
        self == Self::Read
    }
}
