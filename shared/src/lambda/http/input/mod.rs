//! What a route takes: path, query, headers and body, as one type, refused with the names of all the fields that are wrong.

use super::{FieldError, Head, Problem, query};
use crate::{
    idempotency::{KEY_MAX, OnceKey},
    lambda::object::Object,
};
use bytes::Bytes;
use garde::Validate;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::de::DeserializeOwned;
use std::{fmt, str::FromStr};

/// The largest body that a route reads, in bytes. The gateway's own limit is 10 MB, the function's payload 6 MB.
pub const MAX_BODY: usize = 256 * 1024;

/// Parses a request, or says what is wrong with it.
pub trait Input: Sized + Send {
    /// Reads what it needs. A type that takes no body ignores it.
    fn parse(head: &Head, body: &Bytes) -> Result<Self, Problem>;
}

/// Nothing.
impl Input for () {
    fn parse(_: &Head, _: &Bytes) -> Result<Self, Problem> {
        Ok(())
    }
}

/// Two parts of one request.
impl<A: Input, B: Input> Input for (A, B) {
    fn parse(head: &Head, body: &Bytes) -> Result<Self, Problem> {
        Ok((A::parse(head, body)?, B::parse(head, body)?))
    }
}

/// The path's one parameter.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: FromStr + Send> Input for Path<T>
where
    T::Err: fmt::Display,
{
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let (name, value) = head.first_param().ok_or_else(|| Problem::internal("the route's path has no parameter"))?;
        value.parse().map(Self).map_err(|e: T::Err| Problem::invalid_field(name, e.to_string()))
    }
}

/// The query string. Parameters that the type does not know are refused, unless it allows them.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Validate<Context = ()> + Send> Input for Query<T> {
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let read = query::read(&head.query).map_err(Problem::invalid)?;
        let value: T = read.map_err(|e| Problem::invalid(vec![field_error(&e)]))?;
        validated(value).map(Self)
    }
}

/// A JSON body. Unknown fields are the type's to refuse (`deny_unknown_fields`); its bounds are garde's rules.
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
            serde_path_to_error::deserialize(&mut json).map_err(|e| Problem::invalid(vec![field_error(&e)]))?;
        json.end().map_err(|e| Problem::invalid_field("", format!("is not JSON: {e}")))?;
        validated(value).map(Self)
    }
}

/// The `Idempotency-Key` that a client may send with a write, so that it can safely send it again.
#[derive(Debug)]
pub struct IdempotencyKey(pub Option<String>);

/// What a key is made of, as a regular expression: visible ASCII, spaces between, and no comma. A
/// gateway joins headers that are sent twice with a comma, so that a key with one may be two.
pub const KEY_PATTERN: &str = "^[!-+\\--~]([ -+\\--~]*[!-+\\--~])?$";

/// The header's name.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

impl IdempotencyKey {
    /// The key in the scope of a caller and a route; `None` when the client sent none.
    pub fn scoped(&self, caller: &str, route: &str) -> Result<Option<OnceKey>, Problem> {
        let key = self.0.as_deref().map(|key| OnceKey::request(caller, route, key)).transpose();
        key.map_err(|e| Problem::invalid_field(IDEMPOTENCY_KEY, e.to_string()))
    }
}

/// The header that marks the answer to a request that was carried out before.
pub fn replayed(replayed: bool) -> Vec<(HeaderName, HeaderValue)> {
    let mark = || (HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    replayed.then(mark).into_iter().collect()
}

impl Input for IdempotencyKey {
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let refused = || {
            let rule = format!("must be one key of 1 to {KEY_MAX} characters, printable ASCII without commas");
            Problem::invalid_field(IDEMPOTENCY_KEY, rule)
        };
        let fits = |key: &&str| {
            (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b',')
        };
        let mut keys = head.headers.get_all(IDEMPOTENCY_KEY).iter();
        match (keys.next(), keys.next()) {
            (None, _) => Ok(Self(None)),
            (Some(key), None) => {
                let key = key.to_str().ok().map(str::trim).filter(fits).ok_or_else(refused)?;
                Ok(Self(Some(key.to_owned())))
            }
            _ => Err(refused()),
        }
    }
}

/// Whether the body is what it is, coded in no way.
fn is_bare(headers: &HeaderMap) -> bool {
    let none = |coding: &str| coding.trim().is_empty() || coding.trim().eq_ignore_ascii_case("identity");
    headers.get_all(CONTENT_ENCODING).iter().all(|value| value.to_str().is_ok_and(|list| list.split(',').all(none)))
}

/// Whether the body is JSON by its type. JSON is UTF-8 (RFC 8259, section 8.1): another charset
/// would be read wrongly.
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

fn validated<T: Validate<Context = ()>>(value: T) -> Result<T, Problem> {
    let report = match value.validate() {
        Ok(()) => return Ok(value),
        Err(report) => report,
    };
    let error = |(path, error): &(garde::Path, garde::Error)| FieldError {
        field: path.to_string(),
        message: error.to_string(),
    };
    Err(Problem::invalid(report.iter().map(error).collect()))
}

/// Where and why reading stopped. A missing or unknown field is named by serde in the message alone, at its parent's path.
fn field_error<E: fmt::Display>(error: &serde_path_to_error::Error<E>) -> FieldError {
    let said = error.inner().to_string();
    let parent = error.path().to_string();
    let parent = if parent == "." || parent == "?" { String::new() } else { parent };
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|prefix| said.strip_prefix(prefix)?.split('`').next());
    let field = match named {
        Some(name) if parent.is_empty() => name.to_owned(),
        Some(name) if parent == name || parent.ends_with(&format!(".{name}")) => parent,
        Some(name) => format!("{parent}.{name}"),
        None => parent,
    };
    FieldError { field, message: in_plain_words(&said) }
}

/// serde's message without what it quotes from the body, which may be a password, and without the names of our types.
fn in_plain_words(said: &str) -> String {
    let starts = |prefix: &str| said.starts_with(prefix);
    let what = match said.split_once(", expected ") {
        _ if starts("missing field") => return "is required".to_owned(),
        _ if starts("unknown field") => return "is not a known field".to_owned(),
        _ if starts("duplicate field") => return "is given twice".to_owned(),
        Some((_, expected)) if starts("invalid ") => expected,
        // Ours: where it stands in the text is of no use beside the field's name.
        _ if starts("is ") => return said.split(" at line ").next().unwrap_or_default().to_owned(),
        _ => return said.to_owned(),
    };
    let what = what.split(" at line ").next().unwrap_or_default();
    let what = match what {
        "a string" | "a boolean" => what,
        "a sequence" => "a list",
        number if number.starts_with(['u', 'i']) && number[1..].parse::<u8>().is_ok() => "a whole number in range",
        _ => "an object",
    };
    format!("must be {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};
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

    fn errors(body: &[u8]) -> Vec<FieldError> {
        let headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))]);
        let head = Head::parse(Method::POST, &"/".parse().unwrap(), headers, "/").unwrap();
        match Json::<Order>::parse(&head, &Bytes::copy_from_slice(body)) {
            Ok(_) => Vec::new(),
            Err(problem) => problem.errors().to_vec(),
        }
    }

    fn fields(body: &[u8]) -> Vec<String> {
        errors(body).into_iter().map(|e| e.field).collect()
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

    #[test]
    fn an_idempotency_key_is_one_key() {
        let name = HeaderName::from_static("idempotency-key");
        let parse = |keys: &[&str]| {
            let mut map = HeaderMap::new();
            for key in keys {
                map.append(&name, key.parse().unwrap());
            }
            let head = Head::parse(Method::POST, &"/".parse().unwrap(), map, "/").unwrap();
            IdempotencyKey::parse(&head, &Bytes::new()).map(|key| key.0).map_err(|problem| problem.status().as_u16())
        };
        assert_eq!(parse(&[]), Ok(None));
        for key in ["one", "a b", "\"8e03978e-40d5\"", "+~!#;:=", &"k".repeat(KEY_MAX)] {
            assert_eq!(parse(&[key]), Ok(Some(key.to_owned())), "{key}");
        }
        for key in ["", " ", "a,b", "a, b", ",", "a\tb", "é", &"k".repeat(KEY_MAX + 1)] {
            assert_eq!(parse(&[key]), Err(400), "{key}");
        }
        assert_eq!(parse(&["one", "one"]), Err(400), "a gateway that keeps them apart");
    }

    #[test]
    fn a_message_quotes_nothing_of_the_body_and_no_type_of_ours() {
        let message = |body: &[u8]| errors(body).remove(0).message;
        assert_eq!(message(br#"{"items":[{"quantity":"hunter2"}]}"#), "must be a whole number in range");
        assert_eq!(message(br#"{"items":[{"quantity":-1}]}"#), "must be a whole number in range");
        assert_eq!(message(br#"{"items":["hunter2"]}"#), "must be an object");
        assert_eq!(message(br#"{"items":7}"#), "must be a list");
        assert_eq!(message(b"{}"), "is required");
        assert_eq!(message(br#"{"items":[],"hunter2":1}"#), "is not a known field");
        assert_eq!(message(b"{"), "EOF while parsing an object at line 1 column 1");
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        assert_eq!(fields(br#"{"items":[{"quantity":1}]}"#), [""; 0]);
        assert_eq!(fields(br"{}"), ["items"]);
        assert_eq!(fields(br#"{"items":[{}]}"#), ["items[0].quantity"]);
        assert_eq!(fields(br#"{"items":[{"quantity":"one"}]}"#), ["items[0].quantity"]);
        assert_eq!(fields(br#"{"items":[{"quantity":1e9}]}"#), ["items[0].quantity"]);
        assert_eq!(fields(br#"{"items":[{"quantity":1,"price":1}]}"#), ["items[0].price"]);
        assert_eq!(fields(br#"{"items":[],"total":1}"#), ["total"]);
        assert_eq!(
            fields(br#"{"items":[{"quantity":0},{"quantity":101}]}"#),
            ["items[0].quantity", "items[1].quantity"]
        );
        assert_eq!(fields(br#"{"items":[]}"#), ["items"]);
        assert_eq!(fields(br#"{"items":[}"#), ["items[0]"]);
        assert_eq!(fields(br#"{"items":[{"quantity":1}]} x"#), [""]);
        assert_eq!(fields(b"{\"items\":[{\"quantity\":\"\xff\"}]}"), ["items[0].quantity"]);
        assert_eq!(fields(br#"{"items":[{"quantity":1},[1]]}"#), ["items[1]"]);
        assert_eq!(fields(br#"[[{"quantity":1}]]"#), [""]);
        assert_eq!(fields(b""), [""]);
        assert_eq!(fields("[".repeat(10_000).as_bytes()), [""]);
    }
}
