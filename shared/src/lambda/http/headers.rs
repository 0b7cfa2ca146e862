//! The headers of requests and answers that the API describes: one list for the document and for
//! pages of other origins (CORS).

/// A header of an answer.
#[derive(Debug)]
pub struct ReplyHeader {
    /// Its name.
    pub name: &'static str,
    /// What it is for, for a reader of the API document.
    pub about: &'static str,
    /// What its value is.
    pub value: HeaderForm,
    /// Whether pages of other origins may read it.
    pub exposed: bool,
}

/// What the value of a header is.
#[derive(Debug, Clone, Copy)]
pub enum HeaderForm {
    /// Text.
    Text,
    /// A whole number of seconds.
    Seconds,
    /// An address, relative to the site.
    Address,
}

const fn text(name: &'static str, exposed: bool, about: &'static str) -> ReplyHeader {
    ReplyHeader { name, about, value: HeaderForm::Text, exposed }
}

const fn seconds(name: &'static str, about: &'static str) -> ReplyHeader {
    ReplyHeader { name, about, value: HeaderForm::Seconds, exposed: true }
}

const PAGES: bool = true;
const THIS_SITE: bool = false;

/// The headers that pages of other origins may send.
pub const REQUEST_HEADERS: [&str; 6] =
    ["authorization", "content-type", crate::token::HEADER, "idempotency-key", "if-match", "if-none-match"];

/// The headers of our answers.
pub const REPLY_HEADERS: [ReplyHeader; 16] = [
    seconds("Age", "With `Degraded`: how many seconds ago the oldest part of the answer was read from the table."),
    text("Cache-Control", THIS_SITE, "Which caches may keep the answer, and for how many seconds."),
    text("Cache-Status", PAGES, "Which cache the answer comes from (RFC 9211)."),
    text("Cache-Tag", THIS_SITE, "The tags by which the CDN deletes its copy of the answer."),
    text(
        "Consistency-Token",
        PAGES,
        "What the caller has written. A read that sends the token is never answered with older data. It is valid \
         for a minute.",
    ),
    text("Degraded", PAGES, "The parts of the answer that are missing or old, because the service has trouble."),
    text("ETag", PAGES, "The version of the answer. Send it in `If-None-Match` to get the answer only if it changed."),
    text("Idempotency-Replayed", PAGES, "`true` if the request was carried out before and this is its first answer."),
    ReplyHeader {
        name: "Location",
        about: "The address of the item, relative to the site.",
        value: HeaderForm::Address,
        exposed: true,
    },
    text("RateLimit", PAGES, "How many requests are left in each limit, and for how many seconds."),
    text("RateLimit-Policy", PAGES, "The limits of the operation: requests, and the seconds in which they count."),
    seconds("Retry-After", "After how many seconds the caller may send the request again."),
    text("Server-Timing", THIS_SITE, "How long each part of the work took, in milliseconds."),
    text("Set-Cookie", THIS_SITE, "The cookie of a new session, or one that deletes the cookie."),
    text("WWW-Authenticate", THIS_SITE, "The authentication scheme to use."),
    text("X-Request-Id", PAGES, "The id of the request, for questions to the operators."),
];
