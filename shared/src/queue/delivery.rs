//! One delivery of a message. The same message may be delivered again.

use jiff::Timestamp;

/// What a consumer knows about the message that it handles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The consumer's name. Two consumers of one event have a record each.
    pub consumer: &'static str,
    /// The envelope's id, which is a part of the record's key.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// `<schema>.<SHA-256 of the body in hexadecimal>`.
    pub payload_hash: String,
    /// How often the queue has delivered this message, including this time. A schedule does not
    /// count, so it is always 1 there.
    pub attempt: u32,
}

impl Delivery {
    /// The first delivery of a message.
    pub fn first(consumer: &'static str, id: impl Into<String>, payload: &[u8]) -> Self {
        Self {
            consumer,
            id: id.into(),
            kind: String::new(),
            occurred_at: Timestamp::UNIX_EPOCH,
            payload_hash: format!("1.{}", crate::sign::sha256_hex(payload)),
            attempt: 1,
        }
    }

    /// The key of this delivery's idempotency record: `<consumer>#<id>`.
    pub fn record_key(&self) -> String {
        format!("{}#{}", self.consumer, self.id)
    }
}
