//! Sending: batches, and what to do with the half of a batch that SQS refused.

use super::{Envelope, Message, pack::pack};
use crate::{context::Cx, resilience::Backoff, telemetry::fields};
use aws_config::SdkConfig;
use aws_sdk_sqs::{
    Client,
    config::{Builder, retry::RetryConfig},
    error::DisplayErrorContext,
    types::{MessageAttributeValue, SendMessageBatchRequestEntry},
};
use futures_util::{StreamExt, stream};
use std::time::{Duration, Instant};

/// Requests under way at once.
pub(super) const PARALLEL: usize = 4;
/// Pauses between tries of what was refused.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
/// One request. SQS answers in tens of milliseconds.
const TRY_LIMIT: Duration = Duration::from_secs(2);
/// What is left of the deadline when the last try must be over: time to report.
pub(super) const MARGIN: Duration = Duration::from_millis(200);

/// A message without its type, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The envelope's id.
    pub id: String,
    /// The envelope, as JSON; or why it could not be written.
    pub body: Result<String, String>,
    /// Text beside the body; the dead-letter queue's reason.
    pub attributes: Vec<(&'static str, String)>,
}

impl Outgoing {
    /// An envelope, ready to be sent.
    pub fn of<M: Message>(envelope: &Envelope<M>) -> Self {
        Self::raw(envelope.id.clone(), envelope.to_json().map_err(|e| e.to_string()))
    }

    pub(crate) fn raw(id: String, body: Result<String, String>) -> Self {
        // SQS takes no U+FFFE and no U+FFFF ("SendMessage": the characters of XML 1.0). JSON can say them otherwise, and has them in
        // its strings only; below U+0020 it says everything otherwise anyway.
        let body = body.map(|json| json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"));
        Self { id, body, attributes: Vec::new() }
    }

    fn size(&self) -> usize {
        // Name, type and value of an attribute all count.
        let attributes: usize = self.attributes.iter().map(|(n, v)| n.len() + "String".len() + v.len()).sum();
        self.body.as_ref().map_or(0, String::len) + attributes
    }

    fn entry(&self, index: usize) -> Option<SendMessageBatchRequestEntry> {
        let mut entry =
            SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(self.body.as_ref().ok()?);
        for (name, value) in &self.attributes {
            let text = MessageAttributeValue::builder().data_type("String").string_value(value).build().ok()?;
            entry = entry.message_attributes(*name, text);
        }
        entry.build().ok()
    }
}

/// A message that was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("message {id} was not sent: {why}")]
pub struct Unsent {
    /// Its place in what was to be sent.
    pub index: usize,
    /// The envelope's id.
    pub id: String,
    /// What SQS said last.
    pub why: String,
    /// Whether it would be refused again: too large, or characters that SQS does not take.
    pub permanent: bool,
}

/// A sender to any queue.
#[derive(Debug, Clone)]
pub struct Outbox {
    client: Client,
}

impl Outbox {
    /// A sender with this configuration. Cheap: the connections are the configuration's.
    pub fn new(sdk: &SdkConfig) -> Self {
        // Tried again here, so not by the SDK too.
        let settings = Builder::from(sdk).retry_config(RetryConfig::disabled());
        Self { client: Client::from_conf(settings.build()) }
    }

    /// Sends all of them to the queue at `url`; see [`Queue::send_all`](super::Queue::send_all).
    #[must_use = "what was not sent is lost unless somebody sends it again"]
    pub async fn send_all(&self, cx: &Cx, url: &str, messages: &[Outgoing]) -> Vec<Unsent> {
        let started = Instant::now();
        let mut lost = Vec::new();
        let mut pending: Vec<usize> = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            match &message.body {
                Ok(_) => pending.push(index),
                Err(why) => lost.push(unsent(messages, index, why.clone(), true)),
            }
        }
        let mut pauses = PAUSES;
        loop {
            let sizes: Vec<_> = pending.iter().map(|&i| (i, messages[i].size())).collect();
            let (runs, too_large) = pack(&sizes);
            lost.extend(too_large.into_iter().map(|i| unsent(messages, i, "larger than 1 MiB".into(), true)));
            let tries = runs.into_iter().map(|run| self.try_run(cx, url, messages, run));
            let refused: Vec<_> = stream::iter(tries).buffer_unordered(PARALLEL).concat().await;
            let (permanent, passing): (Vec<_>, Vec<_>) = refused.into_iter().partition(|u| u.permanent);
            lost.extend(permanent);
            let pause = pauses.pause();
            if passing.is_empty() || cx.time_left() < pause + MARGIN {
                lost.extend(passing);
                break;
            }
            cx.event.count(fields::QUEUE_RETRIES, passing.len() as u64);
            pending = passing.into_iter().map(|u| u.index).collect();
            tokio::time::sleep(pause).await;
        }
        lost.sort_unstable_by_key(|u| u.index);
        cx.event.time(fields::QUEUE, started.elapsed());
        cx.event.count(fields::QUEUE_SENT, (messages.len() - lost.len()) as u64);
        lost
    }

    /// One request; what it did not take.
    async fn try_run(&self, cx: &Cx, url: &str, messages: &[Outgoing], run: Vec<usize>) -> Vec<Unsent> {
        let all = |why: String| run.iter().map(|&i| unsent(messages, i, why.clone(), false)).collect();
        let entries = run.iter().filter_map(|&i| messages[i].entry(i)).collect();
        let request = self.client.send_message_batch().queue_url(url).set_entries(Some(entries)).send();
        let limit = TRY_LIMIT.min(cx.time_left().saturating_sub(MARGIN / 2));
        let answer = match tokio::time::timeout(limit, request).await {
            Err(_) => return all("no answer in time".into()),
            Ok(Err(error)) => return all(DisplayErrorContext(error).to_string()),
            Ok(Ok(answer)) => answer,
        };
        // What the answer does not name was not sent: never the other way round.
        let taken: Vec<usize> = answer.successful.iter().filter_map(|e| e.id().parse().ok()).collect();
        let left = run.iter().filter(|i| !taken.contains(i)).map(|&index| {
            let error = answer.failed.iter().find(|e| e.id() == index.to_string());
            let why = error.map_or_else(
                || "not in the answer".into(),
                |e| format!("{} {}", e.code(), e.message().unwrap_or_default()),
            );
            unsent(messages, index, why, error.is_some_and(|e| e.sender_fault() && !e.code().contains("Throttl")))
        });
        left.collect()
    }
}

fn unsent(messages: &[Outgoing], index: usize, why: String, permanent: bool) -> Unsent {
    Unsent { index, id: messages[index].id.clone(), why, permanent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_does_not_take_is_said_otherwise() {
        let text = "a\u{fffe}\u{ffff}\u{0}\u{1f375}";
        let body = Outgoing::raw(String::new(), Ok(serde_json::json!({ "name": text }).to_string())).body.unwrap();
        let takes =
            |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(body.chars().all(takes), "{body}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap()["name"], text);
    }
}
