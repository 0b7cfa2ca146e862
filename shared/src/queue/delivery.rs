//! One delivery of a message: the same message may be delivered again.

use jiff::Timestamp;

/// What a consumer is told about the message that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The consumer's name: two consumers of one event each do their own work once.
    pub consumer: &'static str,
    /// The envelope's id: what the idempotency record is kept under.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The schema, a point, and SHA-256 of the body, in hexadecimal.
    pub payload_hash: String,
    /// How often the queue has handed this message out, this time included; 1 for a schedule, which
    /// does not count.
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
    pub fn once_key(&self) -> String {
        format!("{}#{}", self.consumer, self.id)
    }
}
