//! The event of an HTTP API, payload format 2.0, as a request ("Create AWS Lambda proxy
//! integrations for HTTP APIs", API Gateway Developer Guide).
//!
//! API Gateway passes on what clients send, also what is no URI. A conversion that expects a URI
//! panics there, before a request has its limits, its safety headers and its line in the log. So
//! the event is read here, and only what is used of it.
//!
//! # Promises
//! * Any JSON becomes a request. A [`Flaw`] goes along with an event that is wrong. The request is
//!   refused after the CDN's secret was checked, and counts for its limits.
//! * No request is changed: a `#` in a query, or a value that is no header, is a flaw. API Gateway
//!   decodes paths; [`encoded`] restores what the client sent.
//!
//! # Costs
//! One pass over the event. Text without escapes is borrowed. Parts that are not used are skipped.

use super::{Peer, Problem, Request};
use crate::lambda::object::Object;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{COOKIE, SET_COOKIE},
    uri::PathAndQuery,
};
use lambda_http::{Body, aws_lambda_events::apigw::ApiGatewayV2httpResponse};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

/// Why an event is refused whatever route it is for, as an extension of the request.
#[derive(Debug, Clone)]
pub(super) struct Flaw(pub(super) Problem);

/// The event, as far as it is used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    raw_path: Text<'a>,
    #[serde(borrow)]
    raw_query_string: Option<Text<'a>>,
    headers: Option<Headers>,
    /// Every cookie of the request, in place of a `Cookie` header.
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

#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The headers, and whether one of them cannot be a header.
#[derive(Default)]
struct Headers {
    map: HeaderMap,
    odd: bool,
}

impl Headers {
    fn add(&mut self, name: &str, value: &str) {
        let header = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        let added = match header {
            (Ok(name), Ok(value)) => self.map.try_append(name, value).is_ok(),
            _ => false,
        };
        self.odd |= !added;
    }

    /// The cookies as one header (RFC 6265, section 5.4). One that cannot stand in a header is
    /// nobody's, and the others count.
    fn add_cookies(&mut self, cookies: &[Text<'_>]) {
        let fits = |cookie: &&str| HeaderValue::from_bytes(cookie.as_bytes()).is_ok();
        let cookies: Vec<&str> = cookies.iter().map(|text| &*text.0).filter(fits).collect();
        if !cookies.is_empty() {
            self.map.remove(COOKIE);
            self.add(COOKIE.as_str(), &cookies.join("; "));
        }
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("headers, each a text")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some((Text(name), Text(value))) = entries.next_entry::<Text<'de>, Text<'de>>()? {
                    headers.add(&name, &value);
                }
                Ok(headers)
            }
        }

        from.deserialize_map(Entries)
    }
}

/// The request that an event is about, whatever the event is.
pub(super) fn read(json: &str) -> Request {
    match serde_json::from_str::<Object<Event<'_>>>(json) {
        Ok(Object(event)) => event.into_request(),
        Err(_) => salvage(json),
    }
}

impl Event<'_> {
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

/// The path and the query as one URI.
fn address(path: &str, query: &str) -> Option<Uri> {
    if !path.starts_with('/') || query.contains('#') {
        return None;
    }
    let path = encoded(path);
    let whole = if query.is_empty() { path } else { format!("{path}?{query}") };
    PathAndQuery::try_from(whole).ok().map(Uri::from)
}

/// A path with what cannot stand in one (RFC 3986, section 3.3) percent-encoded. A client cannot
/// have sent it otherwise; a `?` or a `#` would begin another part of the address.
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

/// A request that shows what can be read of an event that is not API Gateway's: enough to see
/// whether it came through the CDN, and what to write into the log.
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

/// The answer in the form that API Gateway takes.
pub(super) fn answer(response: http::Response<Bytes>) -> ApiGatewayV2httpResponse {
    let (mut parts, body) = response.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    let cookies = parts.headers.get_all(SET_COOKIE).iter();
    answer.cookies = cookies.filter_map(|cookie| cookie.to_str().ok()).map(ToOwned::to_owned).collect();
    parts.headers.remove(SET_COOKIE);
    answer.headers = parts.headers;
    let body = match String::from_utf8(body.into()) {
        Ok(text) => Body::Text(text),
        Err(not_text) => Body::Binary(not_text.into_bytes()),
    };
    answer.is_base64_encoded = matches!(body, Body::Binary(_));
    answer.body = Some(body);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Value {
        json!({
            "version": "2.0", "routeKey": "GET /api/search", "rawPath": "/api/search", "rawQueryString": "q=tea%20pot",
            "cookies": ["city=Z\u{fc}rich", "b=2"],
            "headers": {"accept": "*/*", "x-viewer-address": "203.0.113.7"},
            "requestContext": {"http": {"method": "GET", "path": "/x", "sourceIp": "198.51.100.9"}, "stage": "$default"},
            "isBase64Encoded": false,
        })
    }

    fn with(pointer: &str, value: Value) -> Request {
        let mut event = event();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
        read(&event.to_string())
    }

    fn is_flawed(request: &Request) -> bool {
        request.extensions().get::<Flaw>().is_some()
    }

    #[test]
    fn an_event_is_a_request() {
        let request = read(&event().to_string());
        assert!(!is_flawed(&request));
        assert_eq!((request.method(), request.uri()), (&Method::GET, &Uri::from_static("/api/search?q=tea%20pot")));
        assert_eq!(request.headers()["accept"], "*/*");
        assert_eq!(request.headers()[COOKIE].as_bytes(), "city=Z\u{fc}rich; b=2".as_bytes());
        assert_eq!(request.extensions().get::<Peer>().unwrap().0.to_string(), "198.51.100.9");
        assert!(request.body().is_empty());
        let posted = with("/body", json!("{\"name\": \"Zo\u{eb}\"}"));
        assert_eq!(posted.body(), "{\"name\": \"Zo\u{eb}\"}");
    }

    #[test]
    fn what_is_no_uri_is_a_flaw() {
        let long = "q=".to_owned() + &"a".repeat(65_536);
        for query in ["q=\"", "q=<", "q=>", "q=a b", "q=\u{0}", "q=\n", "q=a#b", &long] {
            assert!(is_flawed(&with("/rawQueryString", json!(query))), "{query:?}");
        }
        for path in ["", "api", "http://evil.example/", "*", &format!("/{long}")] {
            assert!(is_flawed(&with("/rawPath", json!(path))), "{path:?}");
        }
    }

    #[test]
    fn a_path_that_the_gateway_decoded_is_the_clients_again() {
        for (decoded, sent) in [
            ("/", "/"),
            ("/a b", "/a%20b"),
            ("/a?b", "/a%3Fb"),
            ("/a#b", "/a%23b"),
            ("/\u{0}\"<>", "/%00%22%3C%3E"),
            ("/Z\u{fc}rich", "/Z%C3%BCrich"),
            ("/api/users/%F0%9F%8D%B5", "/api/users/%F0%9F%8D%B5"),
            ("/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"),
        ] {
            let request = with("/rawPath", json!(decoded));
            assert_eq!((is_flawed(&request), request.uri().path()), (false, sent));
            assert_eq!(request.uri().query(), Some("q=tea%20pot"), "{decoded}");
        }
    }

    #[test]
    fn headers_that_are_of_no_use_do_no_harm_and_what_is_no_header_is_a_flaw() {
        for (name, value) in [("host", "a b:c/d?"), ("x-forwarded-proto", "<script>"), ("x-forwarded-port", "-1")] {
            assert!(!is_flawed(&with(&format!("/headers/{name}"), json!(value))), "{name}");
        }
        for (name, value) in [("if-match", "\"7\"\n"), ("a b", "c"), ("", "c")] {
            assert!(is_flawed(&with(&format!("/headers/{name}"), json!(value))), "{name:?}");
        }
        let many: serde_json::Map<_, _> = (0..40_000).map(|n| (format!("x-{n}"), json!("1"))).collect();
        assert!(is_flawed(&with("/headers", many.into())));
    }

    #[test]
    fn a_cookie_that_is_none_takes_no_other_along() {
        let request = with("/cookies", json!(["a=\n", "b=2", "c=\u{e9}"]));
        assert_eq!((is_flawed(&request), request.headers()[COOKIE].as_bytes()), (false, "b=2; c=\u{e9}".as_bytes()));
    }

    #[test]
    fn a_body_in_base64_is_read_or_refused() {
        let body = |text: &str| {
            let mut event = event();
            (event["isBase64Encoded"], event["body"]) = (json!(true), json!(text));
            read(&event.to_string())
        };
        assert_eq!(body("e30=").body(), "{}");
        for text in ["e3\n0=", "e30", "?", "e30=\r\n"] {
            assert!(is_flawed(&body(text)), "{text:?}");
        }
        assert!(!is_flawed(&body("")));
    }

    #[test]
    fn what_is_not_api_gateways_still_shows_its_headers() {
        let mut other = event();
        other["rawQueryString"] = json!(7);
        let request = read(&other.to_string());
        assert!(is_flawed(&request));
        assert_eq!(request.headers()["x-viewer-address"], "203.0.113.7");
        for text in ["null", "[]", "7", "\"x\"", "{}", "{\"Records\": []}", "{\"headers\": 7}", "", "{"] {
            assert!(is_flawed(&read(text)), "{text}");
        }
    }

    #[test]
    fn an_answer_keeps_its_cookies_apart() {
        let response = http::Response::builder()
            .status(201)
            .header(SET_COOKIE, "a=1")
            .header(SET_COOKIE, "b=2")
            .body(Bytes::from_static(b"{}"))
            .unwrap();
        let answer = serde_json::to_value(answer(response)).unwrap();
        assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(201), &json!("{}")));
        assert_eq!((&answer["cookies"], &answer["headers"]), (&json!(["a=1", "b=2"]), &json!({})));
        let bytes = http::Response::new(Bytes::from_static(b"\xff"));
        let bytes = serde_json::to_value(super::answer(bytes)).unwrap();
        assert_eq!((&bytes["isBase64Encoded"], &bytes["body"]), (&json!(true), &json!("/w==")));
    }
}
