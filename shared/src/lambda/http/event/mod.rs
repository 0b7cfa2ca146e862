//! The event of an HTTP API, payload format 2.0, as a request ("Create AWS Lambda proxy
//! integrations for HTTP APIs", API Gateway Developer Guide).
//!
//! API Gateway passes on what clients send, even if it is no URI. A conversion that expects a URI
//! panics there, before the request has limits, safety headers and a line in the log. So this
//! module reads the event itself, and only the parts that are used.
//!
//! # Promises
//! * Any JSON becomes a request. An event that is wrong becomes a request with a [`Flaw`]. `serve`
//!   first checks that the request came through the CDN and counts it for its limits, and then
//!   refuses it.
//! * No request is changed: a `#` in a query, or a value that is no header, is a flaw. API Gateway
//!   decodes paths; `address.rs` restores what the client sent.
//!
//! # Costs
//! One pass over the event. Text without escapes is borrowed. Parts that are not used are skipped.

mod address;
mod answer;
mod headers;
mod text;

pub(super) use answer::answer;

use super::{Peer, Problem, Request};
use crate::lambda::object::Object;
use address::address;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use headers::Headers;
use http::Method;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use text::Text;

/// Why the request is refused on any route. It is an extension of the request.
#[derive(Debug, Clone)]
pub(super) struct Flaw(pub(super) Problem);

/// The parts of the event that are used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayEvent<'a> {
    #[serde(borrow)]
    raw_path: Text<'a>,
    #[serde(borrow)]
    raw_query_string: Option<Text<'a>>,
    headers: Option<Headers>,
    /// Every cookie of the request. API Gateway sends them here and not as a `Cookie` header.
    #[serde(borrow)]
    cookies: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    request_context: RequestContext<'a>,
    #[serde(borrow)]
    body: Option<Text<'a>>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
struct RequestContext<'a> {
    #[serde(borrow)]
    http: Http<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    #[serde(borrow)]
    method: Text<'a>,
    #[serde(borrow)]
    source_ip: Option<Text<'a>>,
}

/// The request that an event describes. Any text becomes one.
pub(super) fn read(json: &str) -> Request {
    match serde_json::from_str::<Object<GatewayEvent<'_>>>(json) {
        Ok(Object(event)) => event.into_request(),
        Err(_) => salvage(json),
    }
}

impl GatewayEvent<'_> {
    fn into_request(self) -> Request {
        let mut headers = self.headers.unwrap_or_default();
        headers.add_cookies(&self.cookies.unwrap_or_default());
        let Http { method, source_ip } = self.request_context.http;
        let method = Method::from_bytes(method.0.as_bytes());
        let query = self.raw_query_string.map_or(Cow::Borrowed(""), |text| text.0);
        let address = address(&self.raw_path.0, &query);
        let text = self.body.map_or(Cow::Borrowed(""), |text| text.0);
        let body = if self.is_base64_encoded == Some(true) {
            STANDARD.decode(text.as_bytes()).map(Bytes::from).ok()
        } else {
            Some(Bytes::from(text.into_owned()))
        };
        let flaw = match (&method, &address, &body) {
            (Err(_), ..) => Some("The method is none (RFC 9110, section 9.1)."),
            (_, None, _) => Some("The address is no URI (RFC 3986), or too long."),
            (.., None) => Some("The body came in a form that cannot be read."),
            _ if headers.odd => Some("A header is none (RFC 9110, section 5), or there are too many."),
            _ => None,
        };
        let mut request = Request::new(body.unwrap_or_default());
        *request.method_mut() = method.unwrap_or_default();
        *request.uri_mut() = address.unwrap_or_default();
        *request.headers_mut() = headers.map;
        if let Some(address) = source_ip.and_then(|text| text.0.parse().ok()) {
            request.extensions_mut().insert(Peer(address));
        }
        if let Some(what) = flaw {
            flawed(&mut request, what);
        }
        request
    }
}

fn flawed(request: &mut Request, what: &str) {
    request.extensions_mut().insert(Flaw(Problem::malformed(what)));
}

/// The request of an event that is not API Gateway's: what can be read of it. That is enough to
/// check whether it came through the CDN, and to write the log line.
fn salvage(json: &str) -> Request {
    let event: Value = serde_json::from_str(json).unwrap_or_default();
    let mut headers = Headers::default();
    for (name, value) in event.get("headers").and_then(Value::as_object).into_iter().flatten() {
        headers.add(name, value.as_str().unwrap_or_default());
    }
    let text = |pointer| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let mut request = Request::default();
    *request.method_mut() = Method::from_bytes(text("/requestContext/http/method").as_bytes()).unwrap_or_default();
    *request.headers_mut() = headers.map;
    if let Ok(address) = text("/requestContext/http/sourceIp").parse() {
        request.extensions_mut().insert(Peer(address));
    }
    flawed(&mut request, "The event is not of an HTTP API, payload format 2.0.");
    request
}

#[cfg(test)]
mod tests;
