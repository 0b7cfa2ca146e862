//! The address of a request, as the client sent it.

use http::{Uri, uri::PathAndQuery};
use std::fmt::Write as _;

/// The path and the query as one URI; `None` when they are none.
pub(super) fn address(path: &str, query: &str) -> Option<Uri> {
    if !path.starts_with('/') || query.contains('#') {
        return None;
    }
    let path = encoded(path);
    let whole = if query.is_empty() { path } else { format!("{path}?{query}") };
    PathAndQuery::try_from(whole).ok().map(Uri::from)
}

/// The path with every byte percent-encoded that a path cannot hold (RFC 3986, section 3.3). The
/// client sent those bytes encoded: it cannot send them as they are, and a `?` or a `#` would begin
/// another part of the address.
fn encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"#<>?\\^`{|}".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
