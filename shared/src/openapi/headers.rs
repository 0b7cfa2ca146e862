//! The headers of answers.

use super::objects::Header;
use crate::lambda::{HeaderForm, REPLY_HEADERS, ReplyHeader};
use schemars::json_schema;
use std::collections::BTreeMap;

/// These are on every answer of a function.
pub(super) const EVERY: &[&str] = &["Cache-Control", "Server-Timing", "X-Request-Id"];
/// These are on answers to a GET.
pub(super) const READ: &[&str] = &["Age", "Cache-Status", "Degraded", "ETag"];
/// The limits of one client. Answers that the CDN keeps are for all clients, and do not have them.
pub(super) const LIMITS: &[&str] = &["RateLimit", "RateLimit-Policy"];

pub(super) fn all() -> BTreeMap<&'static str, Header> {
    REPLY_HEADERS.iter().map(|header| (header.name, described(header))).collect()
}

fn described(header: &ReplyHeader) -> Header {
    let schema = match header.value {
        HeaderForm::Text => json_schema!({ "type": "string" }),
        HeaderForm::Seconds => json_schema!({ "type": "integer", "minimum": 0 }),
        HeaderForm::Address => json_schema!({ "type": "string", "format": "uri-reference" }),
    };
    Header { description: header.about, schema }
}
