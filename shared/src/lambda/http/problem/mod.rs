//! Errors on the wire: RFC 9457 problem details.
//!
//! The modules below this one know no HTTP: their errors become problems in `errors.rs`. What is
//! our fault has its cause in the log; the client sees nothing of it. A domain outside of `shared`
//! makes problems of its own from a [`ProblemKind`].

mod field_error;
mod kind;
mod wire;

pub use field_error::FieldError;
pub use kind::ProblemKind;

use crate::{ratelimit, version::Version};
use http::{
    HeaderValue, StatusCode,
    header::{ACCEPT_ENCODING, ALLOW, RETRY_AFTER},
};
use std::{fmt, time::Duration};

/// A refusal. Each kind of problem has one status, which is 4xx or 5xx.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: ProblemKind,
    detail: Option<String>,
    errors: Vec<FieldError>,
    current_version: Option<Version>,
    headers: Vec<(http::HeaderName, HeaderValue)>,
}

impl Problem {
    fn new(status: StatusCode, slug: &'static str, title: &'static str) -> Self {
        Self::of(&ProblemKind::new(status, slug, title))
    }

    /// A problem of a domain's own.
    pub fn of(kind: &ProblemKind) -> Self {
        let (kind, detail, errors, current_version, headers) = (*kind, None, Vec::new(), None, Vec::new());
        Self(Box::new(Parts { kind, detail, errors, current_version, headers }))
    }

    fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds a field that is a reason, and what is wrong with it.
    #[must_use]
    pub fn about(mut self, field: &str, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldError { field: field.into(), message: message.into() });
        self
    }

    /// 400: the request is malformed, field by field.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-request", "The request is not valid").with_errors(errors)
    }

    /// 400: the request cannot be read at all, whatever route it is for.
    pub fn malformed(why: &str) -> Self {
        Self::invalid(Vec::new()).detail(why)
    }

    /// 400 for one field.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// 401: no session, or one that is over.
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "You must sign in first")
    }

    /// 401: the credentials are wrong. Does not say which of them.
    pub fn wrong_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "wrong-credentials", "The e-mail address or the password is wrong")
    }

    /// 403: the session is good, and not enough.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Only administrators may do this")
    }

    /// 403: a write by cookie that does not prove that a page of this site sent it.
    pub fn cross_site() -> Self {
        Self::new(StatusCode::FORBIDDEN, "cross-site", "A session cookie works only for pages of this site").about(
            "Sec-Fetch-Site",
            "must be same-origin, or Origin must be this site; other clients send a bearer token",
        )
    }

    /// 403: a request that did not come through the CDN.
    pub fn past_the_cdn() -> Self {
        Self::new(StatusCode::FORBIDDEN, "past-the-cdn", "Requests must go through the site's own address")
    }

    /// 404: there is nothing at this path.
    pub fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Nothing was found at this address")
    }

    /// 404: the thing that `field` names does not exist, or not for this caller.
    pub fn not_found(field: &str) -> Self {
        Self::no_route().about(field, "must name something that exists")
    }

    /// 405, with the methods that the path has.
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This address does not support the method")
            .with_header(ALLOW, allow)
    }

    /// 409: what the request is based on has changed since; the field says what it is now.
    pub fn outdated(field: &str, message: String) -> Self {
        Self::new(StatusCode::CONFLICT, "outdated", "A value has changed since you saw it").about(field, message)
    }

    /// 409: the field's value is taken.
    pub fn taken(field: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "taken", "The value is in use already").about(field, "is in use already")
    }

    /// 409: the same request is being carried out right now.
    pub fn in_progress() -> Self {
        Self::new(StatusCode::CONFLICT, "in-progress", "Another request is still changing this; try again")
            .retry_after(1)
    }

    /// 412: the item has changed since the client read it.
    pub fn stale(current: Option<Version>) -> Self {
        let mut problem = Self::new(
            StatusCode::PRECONDITION_FAILED,
            "stale",
            "The item has another version than the request expects",
        );
        problem.0.current_version = current;
        problem
    }

    /// 413: the body is larger than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large")
            .about("", format!("must be at most {limit} bytes"))
    }

    /// 415: the body is not JSON in UTF-8 by its Content-Type.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "The body must be JSON without compression",
        )
        .about("Content-Type", "must be application/json, in UTF-8")
    }

    /// 415: the body is compressed, or coded in another way (RFC 9110, section 15.5.16).
    pub fn unsupported_encoding() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "The body must be JSON without compression",
        )
        .about("Content-Encoding", "must be absent, since a body must not be compressed")
        .with_header(ACCEPT_ENCODING, "identity")
    }

    /// 422: an idempotency key was used before, with another body.
    pub fn key_reused() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", "The idempotency key belongs to another request")
            .about("Idempotency-Key", "was used with another body; a new request needs a new key")
    }

    /// 429: this client has asked too often. `wait` is when the same request would be admitted.
    pub fn too_many(wait: Duration) -> Self {
        let secs = u32::try_from(ratelimit::seconds(wait)).unwrap_or(u32::MAX).max(1);
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests").retry_after(secs)
    }

    /// 503: a dependency is down or too slow. The cause goes to the log.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        tracing::warn!(cause = %cause, "answered 503");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The service cannot answer now; try again in a moment",
        )
        .retry_after(2)
    }

    /// 500: a bug, or data that cannot be read. The cause goes to the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(cause = %cause, "answered 500");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side")
    }

    /// Adds a sentence for the person who reads it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.kind.status
    }

    /// The kind of problem, for people.
    pub fn title(&self) -> &'static str {
        self.0.kind.title
    }

    /// The problem's type, as the last segment of its `type`.
    pub fn slug(&self) -> &'static str {
        self.0.kind.slug
    }

    /// The fields that were wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    fn retry_after(self, secs: u32) -> Self {
        self.with_header(RETRY_AFTER, &secs.to_string())
    }

    fn with_header(mut self, name: http::HeaderName, value: &str) -> Self {
        self.0.headers.extend(HeaderValue::from_str(value).ok().map(|v| (name, v)));
        self
    }
}
