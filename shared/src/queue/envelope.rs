//! The envelope of a message: what every message has besides its body.

use crate::{sign::sha256_hex, version::Version};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::fmt::Display;

/// The body of a message.
///
/// A field that is added with `#[serde(default)]` needs no new [`SCHEMA`](Self::SCHEMA), but must
/// be left out if it has the default value (`skip_serializing_if`). Otherwise an old event that is
/// sent again would have another payload, and consumers would bury it. Any other change needs a new
/// schema. A consumer of an older release leaves such a message on the queue for the release that
/// is being deployed, and idempotency records do not compare payloads of two schemas.
pub trait Message: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The version of this type's JSON.
    const SCHEMA: u16;

    /// What happened, as the third part of an id and in logs: `order_placed`.
    fn kind(&self) -> &'static str;
}

/// A message as it is sent, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope<M> {
    /// The item's key, its version and the kind. So the same event sent twice has the same id.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// The version of the body's JSON.
    pub schema: u16,
    /// When it happened: when the item was written, not when the message was sent.
    pub occurred_at: Timestamp,
    /// The body.
    pub body: M,
}

impl<M: Message> Envelope<M> {
    /// What happened to the item `key` when it got `version`.
    pub fn about(key: &str, version: Version, occurred_at: Timestamp, body: M) -> Self {
        let kind = body.kind();
        Self { id: format!("{key}@{version}:{kind}"), kind: kind.to_owned(), schema: M::SCHEMA, occurred_at, body }
    }

    /// The envelope as JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// Why a message or record cannot be read. It has no part of the text, which goes to the
/// dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Unreadable {
    /// Unreadable because of `why`.
    pub fn new(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

/// An envelope whose body is still JSON. It is enough for a log line and for the idempotency
/// record, even if the body is poison.
#[derive(Debug, Clone, Deserialize)]
pub struct Sealed {
    /// The envelope's id.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// The schema that the body has.
    pub schema: u16,
    /// When it happened.
    pub occurred_at: Timestamp,
    body: Value,
}

/// Why a sealed envelope did not open.
#[derive(Debug, PartialEq, Eq)]
pub enum Closed {
    /// It cannot be read.
    Unreadable(Unreadable),
    /// It was written by a newer release than this one.
    Newer(u16),
}

impl Sealed {
    /// Reads the envelope.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut json = serde_json::Deserializer::from_str(text);
        let sealed = serde_path_to_error::deserialize(&mut json).map_err(|e| Unreadable(format!("envelope: {e}")))?;
        json.end().map_err(|e| Unreadable(format!("envelope: {e}")))?;
        Ok(sealed)
    }

    /// `<schema>.<SHA-256 of the body with its keys in order>`. A repeated id must have the same
    /// one.
    pub fn payload_hash(&self) -> String {
        format!("{}.{}", self.schema, sha256_hex(self.body.to_string().as_bytes()))
    }

    /// Reads the body.
    pub fn open<M: Message>(self) -> Result<M, Closed> {
        if self.schema > M::SCHEMA {
            return Err(Closed::Newer(self.schema));
        }
        serde_path_to_error::deserialize(self.body).map_err(|e| Closed::Unreadable(Unreadable(format!("body: {e}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Moved {
        to: String,
        by: u32,
    }

    impl Message for Moved {
        const SCHEMA: u16 = 2;
        fn kind(&self) -> &'static str {
            "moved"
        }
    }

    fn moved() -> Envelope<Moved> {
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        Envelope::about("thing#7", Version(3), at, Moved { to: "b".into(), by: 4 })
    }

    #[test]
    fn the_form_on_the_wire_is_pinned() {
        let expected = r#"{"id":"thing#7@3:moved","kind":"moved","schema":2,"occurred_at":"2023-11-14T22:13:20Z","body":{"to":"b","by":4}}"#;
        assert_eq!(moved().to_json().unwrap(), expected);
        let sealed = Sealed::read(expected).unwrap();
        assert_eq!((sealed.id.as_str(), sealed.kind.as_str()), ("thing#7@3:moved", "moved"));
        assert_eq!(sealed.open::<Moved>().unwrap(), moved().body);
    }

    #[test]
    fn the_hash_is_of_the_body_whatever_the_order_of_its_keys() {
        let one = r#"{"id":"a","kind":"k","schema":2,"occurred_at":"2023-11-14T22:13:20Z","body":{"to":"b","by":4}}"#;
        let two = r#"{"body":{"by":4, "to":"b"},"id":"z","kind":"k","schema":2,"occurred_at":"2020-01-01T00:00:00Z"}"#;
        let other = one.replace('4', "5");
        let hash = |text: &str| Sealed::read(text).unwrap().payload_hash();
        assert_eq!(hash(one), hash(two));
        assert_ne!(hash(one), hash(&other));
    }

    #[test]
    fn poison_says_where_and_a_newer_schema_is_not_poison() {
        let text = moved().to_json().unwrap();
        let wrong = Sealed::read(&text.replace(":4", ":\"four\"")).unwrap().open::<Moved>();
        assert!(matches!(wrong, Err(Closed::Unreadable(why)) if why.0.starts_with("body: by:")));
        let newer = Sealed::read(&text.replace("\"schema\":2", "\"schema\":3")).unwrap().open::<Moved>();
        assert_eq!(newer, Err(Closed::Newer(3)));
        assert!(Sealed::read("not json").is_err());
        assert!(Sealed::read(&format!("{text} trailing")).is_err());
    }
}
