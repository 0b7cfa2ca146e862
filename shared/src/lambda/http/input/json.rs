//! A JSON body.

use super::{Input, field::validated, messages};
use crate::lambda::{
    http::{Head, Problem},
    object::Object,
};
use bytes::Bytes;
use garde::Validate;
use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::de::DeserializeOwned;

/// The largest body that a route reads, in bytes. API Gateway itself allows 10 MB, and Lambda 6 MB.
pub const MAX_BODY: usize = 256 * 1024;

/// A JSON body. The type refuses unknown fields (`deny_unknown_fields`), and garde's rules are its
/// bounds.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Validate<Context = ()> + Send> Input for Json<T> {
    fn parse(head: &Head, body: &Bytes) -> Result<Self, Problem> {
        if body.len() > MAX_BODY {
            return Err(Problem::too_large(MAX_BODY));
        }
        if !is_bare(&head.headers) {
            return Err(Problem::unsupported_encoding());
        }
        if !is_json(&head.headers) {
            return Err(Problem::unsupported_media_type());
        }
        let mut json = serde_json::Deserializer::from_slice(body);
        let Object(value) =
            serde_path_to_error::deserialize(&mut json).map_err(|e| Problem::invalid(vec![messages::of_json(&e)]))?;
        json.end().map_err(|e| Problem::invalid_field("", messages::not_json(&e)))?;
        validated(value).map(Self)
    }
}

/// Whether the body is sent as it is, without compression or another coding.
fn is_bare(headers: &HeaderMap) -> bool {
    let none = |coding: &str| coding.trim().is_empty() || coding.trim().eq_ignore_ascii_case("identity");
    headers.get_all(CONTENT_ENCODING).iter().all(|value| value.to_str().is_ok_and(|list| list.split(',').all(none)))
}

/// Whether the body is JSON by its Content-Type. JSON is UTF-8 (RFC 8259, section 8.1), so another
/// charset is refused.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let is_utf8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
            let charset = charset.trim().trim_matches('"');
            ["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
        }
        _ => true,
    };
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) && parts.all(is_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, Method};
    use serde::Deserialize;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[garde(length(min = 1, max = 2), dive)]
        #[serde(deserialize_with = "crate::lambda::objects")]
        items: Vec<Line>,
    }

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[garde(range(min = 1, max = 100))]
        quantity: u32,
    }

    /// How a request with these headers and an empty order is refused.
    fn status(headers: &[(HeaderName, &str)]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        let head = Head::parse(Method::POST, &"/".parse().unwrap(), map, "/").unwrap();
        let body = Bytes::from_static(br#"{"items":[{"quantity":1}]}"#);
        Json::<Order>::parse(&head, &body).err().map(|problem| problem.status().as_u16())
    }

    #[test]
    fn a_body_is_json_in_utf8_and_not_compressed() {
        for text in [
            "application/json",
            "Application/JSON ; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json; charset=utf8; x=y",
            "application/json; x",
            "application/json;",
        ] {
            assert_eq!(status(&[(CONTENT_TYPE, text)]), None, "{text}");
        }
        for text in [
            "",
            "text/plain",
            "application/json-seq",
            "application/problem+json",
            "application/json, application/json",
            "application/json; charset=utf-16",
            "application/json; charset=latin1",
            "x; application/json",
        ] {
            assert_eq!(status(&[(CONTENT_TYPE, text)]), Some(415), "{text}");
        }
        let json = (CONTENT_TYPE, "application/json");
        assert_eq!(status(&[json.clone(), json.clone()]), Some(415), "twice");
        for text in ["", "identity", "Identity, identity"] {
            assert_eq!(status(&[json.clone(), (CONTENT_ENCODING, text)]), None, "{text}");
        }
        for text in ["gzip", "br", "deflate", "identity, gzip", "x-gzip", "aws-chunked"] {
            assert_eq!(status(&[json.clone(), (CONTENT_ENCODING, text)]), Some(415), "{text}");
        }
    }
}
