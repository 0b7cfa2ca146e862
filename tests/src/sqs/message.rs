//! A message, and the record that Lambda would hand out for it.

use serde_json::{Value, json};

/// A message on a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The queue's own id.
    pub id: u64,
    /// The body.
    pub body: String,
    /// The attribute `reason`, of what was buried.
    pub reason: Option<String>,
    /// How often it was received.
    pub received: u32,
    pub(super) first_received_at: Option<i64>,
    pub(super) visible_at: i64,
    pub(super) sent_at: i64,
}

impl Message {
    /// The record of this delivery.
    pub(super) fn record(&self) -> Value {
        let Self { id, body, received, first_received_at, sent_at, .. } = self;
        json!({
            "messageId": id.to_string(), "receiptHandle": format!("{id}/{received}"), "body": body,
            "attributes": {
                "ApproximateReceiveCount": received.to_string(), "SentTimestamp": sent_at.to_string(),
                "ApproximateFirstReceiveTimestamp": first_received_at.unwrap_or_default().to_string(),
            },
            "eventSource": "aws:sqs",
        })
    }
}
