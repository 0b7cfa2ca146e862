//! The requests of the SDK: sent, received, deleted, hidden for longer, one by one or in batches.

use super::{Queues, State};
use serde_json::{Value, json};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is done.
    None,
    /// It is not done, and the answer is a 500.
    Before,
    /// It is done, and the answer is a 500.
    After,
    /// Of a batch, every second entry is done.
    Half,
    /// Of a batch, all is done but the first entry, which would be refused again.
    First,
}

impl Queues {
    /// Answers a request: a status and a body.
    pub(super) fn request(&self, operation: &str, body: &Value) -> (u16, Value) {
        let now = self.clock.now_ms();
        let mut state = self.lock();
        let fault = (state.rule)(operation);
        let error = (500, json!({"__type": "com.amazonaws.sqs#InternalError", "message": "the test said so"}));
        if fault == Fault::Before {
            return error;
        }
        let queue = body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
        if let Some(answer) = state.whole(operation, queue, body, now) {
            return (200, answer);
        }
        let entries = body["Entries"].as_array().cloned().unwrap_or_default();
        assert!((1..=10).contains(&entries.len()), "SQS takes one to ten entries");
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for (index, entry) in entries.iter().enumerate() {
            if fault == Fault::Half && index % 2 == 1 {
                failed.push(json!({"Id": entry["Id"], "SenderFault": false, "Code": "InternalError"}));
                continue;
            }
            if fault == Fault::First && index == 0 {
                failed.push(json!({"Id": entry["Id"], "SenderFault": true, "Code": "InvalidMessageContents"}));
                continue;
            }
            done.push(state.entry(operation, queue, entry, now));
        }
        if fault == Fault::After { error } else { (200, json!({"Successful": done, "Failed": failed})) }
    }
}

impl State {
    /// What is asked of a queue and not of single messages; `None` when it is.
    fn whole(&mut self, operation: &str, queue: &str, body: &Value, now: i64) -> Option<Value> {
        let all = self.queues.entry(queue.to_owned()).or_default();
        match operation {
            "GetQueueAttributes" => {
                let count = all.iter().filter(|m| m.visible_at <= now).count().to_string();
                Some(json!({"Attributes": {"ApproximateNumberOfMessages": count}}))
            }
            "ReceiveMessage" => {
                let hidden = now + body["VisibilityTimeout"].as_i64().unwrap_or_default() * 1000;
                let visible = all.iter_mut().filter(|m| m.visible_at <= now).take(10);
                let messages = visible.map(|message| {
                    message.received += 1;
                    message.visible_at = hidden;
                    let reason = message.reason.as_ref().map(|r| json!({"DataType": "String", "StringValue": r}));
                    json!({
                        "MessageId": message.id.to_string(), "Body": message.body,
                        "ReceiptHandle": format!("{}/{}", message.id, message.received),
                        "Attributes": {"SentTimestamp": message.sent_at.to_string()},
                        "MessageAttributes": reason.map_or(json!({}), |reason| json!({"reason": reason})),
                    })
                });
                Some(json!({"Messages": messages.collect::<Vec<_>>()}))
            }
            _ => None,
        }
    }

    fn entry(&mut self, operation: &str, queue: &str, entry: &Value, now: i64) -> Value {
        match operation {
            "DeleteMessageBatch" => {
                let receipt = entry["ReceiptHandle"].as_str().unwrap_or_default();
                let all = self.queues.entry(queue.to_owned()).or_default();
                all.retain(|m| receipt != format!("{}/{}", m.id, m.received));
                json!({"Id": entry["Id"]})
            }
            "SendMessageBatch" => {
                let reason = entry["MessageAttributes"]["reason"]["StringValue"].as_str().map(ToOwned::to_owned);
                self.push(queue, entry["MessageBody"].as_str().unwrap_or_default().to_owned(), reason, now);
                json!({"Id": entry["Id"], "MessageId": self.next.to_string(), "MD5OfMessageBody": ""})
            }
            "ChangeMessageVisibilityBatch" => {
                let receipt = entry["ReceiptHandle"].as_str().unwrap_or_default();
                let seconds = entry["VisibilityTimeout"].as_i64().unwrap_or_default();
                let all = self.queues.entry(queue.to_owned()).or_default();
                // A receipt of an earlier delivery changes nothing.
                if let Some(message) = all.iter_mut().find(|m| receipt == format!("{}/{}", m.id, m.received)) {
                    message.visible_at = now + seconds * 1000;
                }
                json!({"Id": entry["Id"]})
            }
            other => panic!("{other} is not done here"),
        }
    }
}
