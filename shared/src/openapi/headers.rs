//! The headers of our answers, each described once.

use super::document::Header;
use schemars::{Schema, json_schema};
use std::collections::BTreeMap;

/// On every answer of a function.
pub(super) const EVERY: &[&str] = &["Cache-Control", "Server-Timing", "X-Request-Id"];
/// On answers to a GET.
pub(super) const READ: &[&str] = &["Age", "Cache-Status", "Degraded", "ETag"];
/// What one client's limits say. The CDN's answers are everybody's and say nothing of them.
pub(super) const LIMITS: &[&str] = &["RateLimit", "RateLimit-Policy"];

pub(super) fn all() -> BTreeMap<&'static str, Header> {
    let text = || json_schema!({ "type": "string" });
    let seconds = || json_schema!({ "type": "integer", "minimum": 0 });
    let all: [(&'static str, &'static str, Schema); 16] = [
        (
            "Age",
            "With Degraded: how many seconds ago the oldest part of the answer was read from the table.",
            seconds(),
        ),
        ("Cache-Control", "Who may keep the answer, and for how long.", text()),
        ("Cache-Status", "Which cache the answer came from.", text()),
        ("Cache-Tag", "What the answer was made from: the names by which the CDN forgets it.", text()),
        ("Consistency-Token", "What was written. A read that brings it is never answered with less.", text()),
        ("Degraded", "What the answer lacks, or has in an old version.", text()),
        ("ETag", "The answer's tag, for If-None-Match.", text()),
        ("Idempotency-Replayed", "The request was carried out before; this is the answer of then.", text()),
        (
            "Location",
            "Where it is, relative to the site.",
            json_schema!({ "type": "string", "format": "uri-reference" }),
        ),
        ("RateLimit", "What is left, and for how many seconds.", text()),
        ("RateLimit-Policy", "The limits that count.", text()),
        ("Retry-After", "After how many seconds to ask again.", seconds()),
        ("Server-Timing", "Where the time went, in milliseconds.", text()),
        ("Set-Cookie", "The session, begun or ended.", text()),
        ("WWW-Authenticate", "How to sign in.", text()),
        ("X-Request-Id", "The id to quote in a complaint.", text()),
    ];
    all.into_iter().map(|(name, description, schema)| (name, Header { description, schema })).collect()
}
