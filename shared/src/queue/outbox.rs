//! Sends messages in batches, and sends again what SQS refused.

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

/// How many requests run at the same time.
pub(super) const PARALLEL: usize = 4;
/// Pauses between tries of what was refused.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
/// One request. SQS answers in tens of milliseconds.
const TRY_LIMIT: Duration = Duration::from_secs(2);
/// How long before the deadline the last try must end, so that there is time to report.
pub(super) const MARGIN: Duration = Duration::from_millis(200);

/// A message without its type, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The envelope's id.
    pub id: String,
    /// The envelope, as JSON; or why it could not be written.
    pub body: Result<String, String>,
    /// Texts besides the body, such as the reason of a buried message.
    pub attributes: Vec<(&'static str, String)>,
}

impl Outgoing {
    /// An envelope, ready to be sent.
    pub fn of<M: Message>(envelope: &Envelope<M>) -> Self {
        Self::raw(envelope.id.clone(), envelope.to_json().map_err(|e| e.to_string()))
    }

    pub(crate) fn raw(id: String, body: Result<String, String>) -> Self {
        // SQS refuses U+FFFE and U+FFFF ("SendMessage": the characters of XML 1.0). In JSON they
        // occur only in strings, where they can be escaped. JSON always escapes what is below
        // U+0020.
        let body = body.map(|json| json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"));
        Self { id, body, attributes: Vec::new() }
    }

    fn size(&self) -> usize {
        // The name, type and value of an attribute all count.
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
    /// The last error of SQS.
    pub why: String,
    /// Whether it would be refused again, because it is too large or has characters that SQS
    /// refuses.
    pub permanent: bool,
}

/// Sends messages to any queue.
#[derive(Debug, Clone)]
pub struct Outbox {
    client: Client,
}

impl Outbox {
    /// An outbox with this configuration. It is cheap, because it uses the configuration's
    /// connections.
    pub fn new(sdk: &SdkConfig) -> Self {
        // `send_all` tries again, so the SDK must not.
        let settings = Builder::from(sdk).retry_config(RetryConfig::disabled());
        Self { client: Client::from_conf(settings.build()) }
    }

    /// Sends all messages to the queue at `url`, in as few requests as SQS allows, and returns
    /// those that could not be sent. What SQS refuses for a passing reason is tried again until
    /// shortly before the deadline of `cx`.
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

    /// Sends one request, and returns the messages that SQS did not accept.
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
        // A message that the answer does not name counts as not sent.
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
