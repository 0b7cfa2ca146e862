//! Replies and the caching headers that their types stand for.

use super::Tag;
use bytes::Bytes;
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, LOCATION},
};
use serde::Serialize;
use std::time::Duration;

/// A response, ready to be sent.
pub type Response = http::Response<Bytes>;

/// For how long the CDN may keep the replies of a route. The route decides it, never a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// A tag that all replies of the route's family carry beside their own tags. A purge of many
    /// tags names it instead of them.
    pub family: &'static str,
    /// How long the CDN serves a reply without asking the origin (`s-maxage`).
    pub fresh: Duration,
    /// How long it serves a reply when the origin fails (`stale-if-error`, RFC 5861).
    pub stale_if_error: Duration,
}

impl Shared {
    /// For a family: `secs` seconds, and a day when the origin fails.
    pub const fn for_secs(family: &'static str, secs: u64) -> Self {
        Self { family, fresh: Duration::from_secs(secs), stale_if_error: Duration::from_hours(24) }
    }
}

/// How long the CDN may keep a response that lacks a part, or has an old version of it: long enough
/// to keep a crowd away from the origin.
const INCOMPLETE: Duration = Duration::from_secs(5);

impl Shared {
    /// For a response that lacks a part, or has an old version of it. The CDN keeps it for a
    /// moment, also when the origin fails, so that the complete response soon takes its place.
    ///
    /// The time counts from now, although the response's `Age` may be greater. CloudFront looks at
    /// `s-maxage` alone ("Manage how long content stays in the cache", CloudFront Developer Guide),
    /// and our Varnish is configured to do the same.
    #[must_use]
    pub fn incomplete(self) -> Self {
        Self { fresh: self.fresh.min(INCOMPLETE), stale_if_error: self.stale_if_error.min(INCOMPLETE), ..self }
    }

    /// For content that must not be visible long after it has changed, even when the origin fails:
    /// the CDN keeps it only while it is fresh.
    #[must_use]
    pub const fn brief(self) -> Self {
        Self { stale_if_error: self.fresh, ..self }
    }

    /// For a response that its route took longer than [`QUICK`](super::QUICK) to make: its values
    /// may have been changed and purged meanwhile.
    #[must_use]
    pub fn late(self) -> Self {
        Self { fresh: self.fresh.min(INCOMPLETE), stale_if_error: self.stale_if_error.min(INCOMPLETE), ..self }
    }
}

/// An audience whose callers are not distinguished: no session is read, so every caller gets the
/// same response.
pub trait Unauthenticated {}

/// A reply that may be sent to the audience `W`.
#[diagnostic::on_unimplemented(
    message = "a reply to `{W}` must not be shared",
    label = "use Private<_>",
    note = "Public<_> is for routes whose audience is unauthenticated: every caller gets the same response"
)]
pub trait ReplyTo<W>: Send {
    /// The response, caching headers included. `shared` is what the route allows the CDN.
    fn into_reply(self, shared: Option<Shared>) -> Response;
}

/// A reply that is the same for everyone. The CDN keeps it for as long as the route says, and a
/// purge of one of its tags removes it.
#[derive(Debug)]
pub struct Public<T> {
    /// The body, as JSON.
    pub body: T,
    /// The things that it shows.
    pub tags: Vec<Tag>,
}

/// A reply for one person, or to a write. No cache stores it.
#[derive(Debug)]
pub struct Private<T>(pub T);

/// Like [`Private`], with status 201 and the address of the new resource.
#[derive(Debug)]
pub struct Created<T> {
    /// The body, as JSON.
    pub body: T,
    /// `Location`, relative to the site.
    pub location: String,
    /// Headers beside it, such as `Set-Cookie`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// The reply to a PUT: like [`Private`], with status 201 if the resource is new.
#[derive(Debug)]
pub struct Replaced<T> {
    /// The body, as JSON.
    pub body: T,
    /// Whether there was nothing before.
    pub created: bool,
}

/// Status 202. No cache stores it. It does not say whether there was anything to do.
#[derive(Debug)]
pub struct Accepted;

/// Status 204. No cache stores it.
#[derive(Debug, Default)]
pub struct NoContent {
    /// Headers beside it, such as `Set-Cookie`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl<T: Serialize + Send, W: Unauthenticated> ReplyTo<W> for Public<T> {
    fn into_reply(self, shared: Option<Shared>) -> Response {
        let mut response = json(StatusCode::OK, &self.body);
        let Some(shared) = shared else { return response };
        let (fresh, stale) = (shared.fresh.as_secs(), shared.stale_if_error.as_secs());
        let tags: Vec<_> = std::iter::once(shared.family).chain(self.tags.iter().map(Tag::as_str)).collect();
        let headers = response.headers_mut();
        put(headers, CACHE_CONTROL, &format!("public, max-age=0, s-maxage={fresh}, stale-if-error={stale}"));
        // CloudFront reads Cache-Tag, with commas. Varnish's xkey reads the same list with spaces.
        put(headers, HeaderName::from_static("cache-tag"), &tags.join(","));
        put(headers, HeaderName::from_static("xkey"), &tags.join(" "));
        response
    }
}

impl<T: Serialize + Send, W> ReplyTo<W> for Private<T> {
    fn into_reply(self, _: Option<Shared>) -> Response {
        json(StatusCode::OK, &self.0)
    }
}

impl<W> ReplyTo<W> for Accepted {
    fn into_reply(self, _: Option<Shared>) -> Response {
        empty(StatusCode::ACCEPTED)
    }
}

impl<T: Serialize + Send, W> ReplyTo<W> for Created<T> {
    fn into_reply(self, _: Option<Shared>) -> Response {
        let mut response = json(StatusCode::CREATED, &self.body);
        put(response.headers_mut(), LOCATION, &self.location);
        response.headers_mut().extend(self.headers.into_iter().map(|(n, v)| (Some(n), v)));
        response
    }
}

impl<T: Serialize + Send, W> ReplyTo<W> for Replaced<T> {
    fn into_reply(self, _: Option<Shared>) -> Response {
        json(if self.created { StatusCode::CREATED } else { StatusCode::OK }, &self.body)
    }
}

impl<W> ReplyTo<W> for NoContent {
    fn into_reply(self, _: Option<Shared>) -> Response {
        let mut response = empty(StatusCode::NO_CONTENT);
        response.headers_mut().extend(self.headers.into_iter().map(|(n, v)| (Some(n), v)));
        response
    }
}

/// A JSON response that no cache stores.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_else(|e| {
        tracing::error!(error = %e, "a reply could not be written as JSON");
        b"null".to_vec()
    });
    let mut response = http::Response::new(Bytes::from(bytes));
    *response.status_mut() = status;
    put(response.headers_mut(), CONTENT_TYPE, "application/json");
    private(response.headers_mut());
    response
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    private(response.headers_mut());
    response
}

fn private(headers: &mut http::HeaderMap) {
    put(headers, CACHE_CONTROL, "private, no-store");
}

fn put(headers: &mut http::HeaderMap, name: HeaderName, value: &str) {
    let Ok(value) = HeaderValue::from_str(value) else {
        return tracing::error!(header = %name, "a header's value was refused");
    };
    headers.insert(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Anyone;
    impl Unauthenticated for Anyone {}

    fn header<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |v| v.to_str().unwrap())
    }

    #[test]
    fn a_public_reply_is_for_the_cdn_only_and_carries_its_family_and_its_tags() {
        let reply = Public { body: 1, tags: vec![Tag::new("product", 42), Tag::new("category", "tea")] };
        let response = ReplyTo::<Anyone>::into_reply(reply, Some(Shared::for_secs("products", 60)));
        assert_eq!(header(&response, "cache-control"), "public, max-age=0, s-maxage=60, stale-if-error=86400");
        assert_eq!(header(&response, "cache-tag"), "products,product-42,category-tea");
        assert_eq!(header(&response, "xkey"), "products product-42 category-tea");
    }

    #[test]
    fn an_incomplete_reply_is_kept_for_a_moment_also_when_the_origin_fails() {
        for (shared, kept) in [(Shared::for_secs("things", 60), "5"), (Shared::for_secs("things", 2), "2")] {
            let reply = Public { body: 1, tags: vec![] };
            let response = ReplyTo::<Anyone>::into_reply(reply, Some(shared.incomplete()));
            let expected = format!("public, max-age=0, s-maxage={kept}, stale-if-error=5");
            assert_eq!(header(&response, "cache-control"), expected);
        }
    }

    #[test]
    fn everything_else_is_stored_nowhere() {
        let shared = Some(Shared::for_secs("products", 60));
        let created = Created { body: 1, location: "/api/users/1".into(), headers: vec![] };
        for response in [
            ReplyTo::<Anyone>::into_reply(Private(1), shared),
            ReplyTo::<Anyone>::into_reply(created, shared),
            ReplyTo::<Anyone>::into_reply(Replaced { body: 1, created: true }, shared),
            ReplyTo::<Anyone>::into_reply(Accepted, shared),
            ReplyTo::<Anyone>::into_reply(NoContent::default(), shared),
            ReplyTo::<Anyone>::into_reply(Public { body: 1, tags: vec![] }, None),
        ] {
            assert_eq!(header(&response, "cache-control"), "private, no-store");
        }
    }
}
