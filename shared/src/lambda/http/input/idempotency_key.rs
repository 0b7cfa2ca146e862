//! The key under which a client may repeat a write.

use super::Input;
use crate::{
    idempotency::{KEY_MAX, RecordKey},
    lambda::http::{Head, Problem},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// The `Idempotency-Key` that a client may send with a write, so that it can safely send it again.
#[derive(Debug)]
pub struct IdempotencyKey(pub Option<String>);

/// The header's name.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Visible ASCII with spaces between, without commas. A gateway joins headers that are sent twice
/// with a comma, so a key with a comma may be two keys.
const KEY_PATTERN: &str = "^[!-+\\--~]([ -+\\--~]*[!-+\\--~])?$";

impl IdempotencyKey {
    /// The key in the scope of a caller and a route; `None` when the client sent none.
    pub fn scoped(&self, caller: &str, route: &str) -> Result<Option<RecordKey>, Problem> {
        let key = self.0.as_deref().map(|key| RecordKey::request(caller, route, key)).transpose();
        key.map_err(|_| Self::refused())
    }

    fn refused() -> Problem {
        let rule = format!("must be one key of 1 to {KEY_MAX} printable ASCII characters without commas");
        Problem::invalid_field(IDEMPOTENCY_KEY, rule)
    }
}

impl JsonSchema for IdempotencyKey {
    fn schema_name() -> Cow<'static, str> {
        IDEMPOTENCY_KEY.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": KEY_MAX,
            "pattern": KEY_PATTERN,
            "description": "A name for this request that the client makes up, such as a UUID: printable \
                ASCII without commas. The server carries out a request once per key. If the client sends \
                the same request again with the same key within 24 hours, it gets the first answer again.",
            "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        })
    }
}

/// The header that marks the answer to a request that was carried out earlier.
pub fn replayed(replayed: bool) -> Vec<(HeaderName, HeaderValue)> {
    let mark = || (HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    replayed.then(mark).into_iter().collect()
}

impl Input for IdempotencyKey {
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let fits = |key: &&str| {
            (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b',')
        };
        let mut keys = head.headers.get_all(IDEMPOTENCY_KEY).iter();
        match (keys.next(), keys.next()) {
            (None, _) => Ok(Self(None)),
            (Some(key), None) => {
                let key = key.to_str().ok().map(str::trim).filter(fits).ok_or_else(Self::refused)?;
                Ok(Self(Some(key.to_owned())))
            }
            _ => Err(Self::refused()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};

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
}
