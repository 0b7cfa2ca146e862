//! Values on the command line. The parsers of the standard library refuse in a programmer's words;
//! these say what the value must be.

use jiff::Timestamp;

/// How many there shall be.
pub(crate) fn count(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "it must be a whole number, 0 or more")
}

/// How many a second.
pub(crate) fn rate(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|rate| *rate > 0).ok_or("it must be a whole number, 1 or more")
}

/// A moment, with its time zone.
pub(crate) fn time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "it must be a time such as 2026-11-24T10:00:00Z")
}
