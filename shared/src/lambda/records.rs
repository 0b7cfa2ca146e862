//! Parses the events of queues and streams, record by record.
//!
//! If a batch were parsed as a whole, one record with an unexpected field would fail all ten, again
//! and again, until all ten are in the dead-letter queue. So a record that cannot be parsed is kept
//! as far as possible, and fails alone.

use super::object::Object;
use crate::{clock::Clock, context::Cx, telemetry::fields};
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::time::Duration;

/// The event has no list of records. Queues and streams never send that. The invocation fails, and
/// the sender repeats the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event has no list of records")]
pub(super) struct NoBatch;

/// A batch as Lambda hands it over. The records stay JSON, so that one that cannot be parsed does
/// not fail the others.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StreamEvent {
    /// The records, oldest first.
    #[serde(rename = "Records")]
    pub records: Vec<Value>,
}

/// A batch whose records are not parsed yet.
#[derive(Deserialize)]
struct Records {
    #[serde(rename = "Records")]
    records: Vec<Box<RawValue>>,
}

impl Records {
    fn read(json: &str) -> Result<Vec<Value>, NoBatch> {
        let Object(Self { records }) = serde_json::from_str(json).map_err(|_| NoBatch)?;
        // JSON that serde_json cannot parse, such as a number beyond f64, is kept as a string.
        let value = |record: Box<RawValue>| serde_json::from_str(record.get()).unwrap_or_else(|_| record.get().into());
        Ok(records.into_iter().map(value).collect())
    }
}

/// Parses a batch of messages for `worker`.
pub(super) fn messages(worker: &str, request_id: &str, json: &str) -> Result<SqsEvent, NoBatch> {
    let odd = |_| {
        let mut event = SqsEvent::default();
        event.records = Records::read(json)?.iter().map(message).collect();
        Ok(event)
    };
    serde_json::from_str(json)
        .map(|Object(event)| event)
        .or_else(odd)
        .inspect_err(|_| log_unreadable(worker, request_id))
}

/// Parses as much of a message as possible. A body that is not a string is poison: it is kept as
/// JSON for the person who looks at the dead letter.
fn message(record: &Value) -> SqsMessage {
    serde_json::from_value(record.clone()).unwrap_or_else(|_| {
        let text = |name: &str| record.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        let attributes = record.get("attributes").and_then(Value::as_object);
        let attribute = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        let mut message = SqsMessage::default();
        message.message_id = text("messageId");
        message.receipt_handle = text("receiptHandle");
        message.body = text("body").or_else(|| record.get("body").map(|body| format!("no text: {body}")));
        message.attributes = attributes.into_iter().flatten().filter_map(attribute).collect();
        message
    })
}

/// Parses a batch of a table's changes for `relay`.
pub(super) fn changes(relay: &str, request_id: &str, json: &str) -> Result<StreamEvent, NoBatch> {
    let odd = |_| Ok(StreamEvent { records: Records::read(json)? });
    serde_json::from_str(json)
        .map(|Object(event)| event)
        .or_else(odd)
        .inspect_err(|_| log_unreadable(relay, request_id))
}

/// Logs an event that is not a batch.
fn log_unreadable(worker: &str, request_id: &str) {
    let cx = Cx::new(Clock::system(), request_id, Duration::ZERO);
    cx.event.set(fields::WORKER, worker);
    cx.event.set(fields::REQUEST_ID, request_id);
    cx.event.set(fields::OUTCOME, "unreadable");
    cx.emit();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const NAMES: &[&str] =
        &["messageId", "receiptHandle", "body", "attributes", "messageAttributes", "dynamodb", "eventName", "Records"];

    /// JSON of any shape, often with names that messages have.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((prop::sample::select(NAMES), inner), 0..6)
                    .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_record_of_a_list_is_a_record_of_the_batch(
            odd in prop::collection::vec(values(), 0..6), at: prop::sample::Index,
        ) {
            let good = json!({"messageId": "1", "receiptHandle": "r", "body": "{}", "attributes": {"SentTimestamp": "1"}});
            let (mut records, at) = (odd.clone(), at.index(odd.len() + 1));
            records.insert(at, good.clone());
            let event = json!({"Records": records}).to_string();
            let read = messages("w", "r", &event).unwrap().records;
            prop_assert_eq!(read.len(), records.len());
            prop_assert_eq!(&read[at], &serde_json::from_value::<SqsMessage>(good).unwrap());
            prop_assert_eq!(changes("w", "r", &event).unwrap().records, records);
        }

        #[test]
        fn what_is_no_batch_is_an_error(event in values()) {
            prop_assume!(!event.get("Records").is_some_and(Value::is_array));
            prop_assert!(messages("w", "r", &event.to_string()).is_err());
            prop_assert!(changes("w", "r", &event.to_string()).is_err());
        }
    }

    #[test]
    fn an_odd_message_spoils_no_other() {
        let good = json!({"messageId": "1", "receiptHandle": "r", "body": "{}", "attributes": {"SentTimestamp": "1"}});
        let odd = [
            json!({"messageId": "2", "receiptHandle": "r", "body": 7, "attributes": {"SentTimestamp": 1, "A": "b"}}),
            json!({"messageId": "3", "body": "{}", "messageAttributes": 7}),
            json!({"messageId": 4}),
            json!(null),
            json!([[[]]]),
        ];
        let event = json!({"Records": [good.clone(), odd[0], odd[1], odd[2], odd[3], odd[4], good]}).to_string();
        let read = messages("w", "r", &event.replace("[[[]]]", "1e999")).unwrap().records;
        let ids: Vec<_> = read.iter().map(|message| message.message_id.as_deref()).collect();
        assert_eq!(ids, [Some("1"), Some("2"), Some("3"), None, None, None, Some("1")]);
        assert_eq!(read[0], read[6]);
        assert_eq!((read[1].body.as_deref(), read[2].body.as_deref()), (Some("no text: 7"), Some("{}")));
        assert_eq!((read[1].receipt_handle.as_deref(), read[1].attributes.len()), (Some("r"), 1));
    }

    #[test]
    fn a_record_that_is_not_json_to_us_is_kept_as_text() {
        let deep = "[".repeat(500) + &"]".repeat(500);
        let read = changes("w", "r", &format!(r#"{{"Records": [{{"a": 1}}, {deep}, 1e999]}}"#)).unwrap().records;
        assert_eq!(read, [json!({"a": 1}), json!(deep), json!("1e999")]);
    }

    #[test]
    fn where_there_is_no_list_there_is_no_batch() {
        for text in ["null", "{}", "[]", "[[]]", r#"{"Records": 7}"#, r#"{"Records": {"a": 1}}"#, "{"] {
            assert!(messages("w", "r", text).is_err() && changes("w", "r", text).is_err(), "{text}");
        }
        assert!(messages("w", "r", r#"{"Records": []}"#).unwrap().records.is_empty());
    }
}
