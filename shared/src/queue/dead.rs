//! Dead-letter queues: a person can list their messages and send them back.
//!
//! Only commands for operators use this; no function links it. SQS can move messages by itself
//! (`StartMessageMoveTask`), but not in every emulator, and without saying which messages it moved.
//! Here a message is sent and then deleted, which is at least once; the consumer's idempotency
//! record makes a repetition do nothing.

use super::{Outbox, Outgoing, envelope::Sealed, pack::COUNT};
use crate::context::Cx;
use aws_config::SdkConfig;
use aws_sdk_sqs::{
    Client,
    error::{DisplayErrorContext, SdkError},
    types::{
        ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName,
        QueueAttributeName,
    },
};
use jiff::Timestamp;

/// How long a message that is being read is hidden from others, in seconds.
const HELD: i32 = 60;

/// A dead-letter queue.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    client: Client,
    outbox: Outbox,
    url: String,
}

/// A message in a dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The queue's id for it.
    pub id: String,
    /// Its body, as it was received.
    pub body: String,
    /// Why the worker buried it; `None` if the queue moved it by itself, because no worker answered
    /// for it.
    pub reason: Option<String>,
    /// When it came here.
    pub sent_at: Option<Timestamp>,
    receipt: String,
}

/// The result of one step of sending back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Driven {
    /// How many were moved to the other queue.
    pub moved: usize,
    /// The ids of the messages whose event is too old. They stay here, hidden for a minute.
    pub forgotten: Vec<String>,
    /// How many have come here since the command began. They stay here, hidden for a minute.
    pub new: usize,
}

/// A call to SQS failed.
#[derive(Debug, thiserror::Error)]
#[error("SQS: {0}")]
pub struct QueueError(String);

impl<E: std::error::Error + 'static> From<SdkError<E>> for QueueError {
    fn from(error: SdkError<E>) -> Self {
        Self(DisplayErrorContext(error).to_string())
    }
}

impl DeadLetters {
    /// The dead-letter queue at `url`.
    pub fn new(sdk: &SdkConfig, url: impl Into<String>) -> Self {
        Self { client: Client::new(sdk), outbox: Outbox::new(sdk), url: url.into() }
    }

    /// About how many messages there are.
    pub async fn count(&self) -> Result<usize, QueueError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        let answer = request.send().await?;
        Ok(answer.attributes.and_then(|all| all.get(&name)?.parse().ok()).unwrap_or_default())
    }

    /// At most `limit` messages. They are visible to others again when this returns, or, if it does
    /// not return, after a minute.
    pub async fn list(&self, limit: usize) -> Result<Vec<Letter>, QueueError> {
        let mut letters: Vec<Letter> = Vec::new();
        while letters.len() < limit {
            let more = self.receive().await?;
            if more.is_empty() {
                break;
            }
            letters.extend(more);
        }
        self.give_back(&letters).await?;
        letters.truncate(limit);
        Ok(letters)
    }

    /// Sends up to ten messages to the queue at `to`. A message that came here after `until` stays,
    /// because it was sent back already and has returned. A message about an event before `since`
    /// stays, too, because the consumers' idempotency records may have expired.
    pub async fn drive(&self, cx: &Cx, to: &str, since: Timestamp, until: Timestamp) -> Result<Driven, QueueError> {
        let letters = self.receive().await?;
        let (old, new): (Vec<_>, Vec<_>) =
            letters.into_iter().partition(|letter| letter.sent_at.is_none_or(|sent| sent <= until));
        let new = new.len();
        let (forgotten, old): (Vec<_>, Vec<_>) = old.into_iter().partition(|letter| letter.is_from_before(since));
        let forgotten: Vec<_> = forgotten.into_iter().map(|letter| letter.id).collect();
        if old.is_empty() {
            return Ok(Driven { moved: 0, forgotten, new });
        }
        let outgoing: Vec<_> = old.iter().map(|l| Outgoing::raw(l.id.clone(), Ok(l.body.clone()))).collect();
        let unsent = self.outbox.send_all(cx, to, &outgoing).await;
        let (sent, left): (Vec<_>, Vec<_>) =
            old.into_iter().enumerate().partition(|(at, _)| !unsent.iter().any(|u| u.index == *at));
        self.delete(sent.iter().map(|(_, letter)| letter)).await?;
        let left: Vec<_> = left.into_iter().map(|(_, letter)| letter).collect();
        self.give_back(&left).await?;
        match unsent.first() {
            Some(unsent) => Err(QueueError(unsent.to_string())),
            None => Ok(Driven { moved: sent.len(), forgotten, new }),
        }
    }

    async fn receive(&self) -> Result<Vec<Letter>, QueueError> {
        let request = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
        // With a wait time SQS queries all its servers. Without one, an answer may be empty
        // although there are messages.
        let request = request.visibility_timeout(HELD).wait_time_seconds(1).message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        Ok(request.send().await?.messages.unwrap_or_default().into_iter().map(Letter::of).collect())
    }

    async fn give_back(&self, letters: &[Letter]) -> Result<(), QueueError> {
        for chunk in letters.chunks(COUNT) {
            let entry = |(at, letter): (usize, &Letter)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(at.to_string());
                entry.receipt_handle(&letter.receipt).visibility_timeout(0).build().ok()
            };
            let entries = chunk.iter().enumerate().filter_map(entry).collect();
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            request.set_entries(Some(entries)).send().await?;
        }
        Ok(())
    }

    async fn delete(&self, letters: impl Iterator<Item = &Letter>) -> Result<(), QueueError> {
        let entry = |(at, letter): (usize, &Letter)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string());
            entry.receipt_handle(&letter.receipt).build().ok()
        };
        let entries: Vec<_> = letters.enumerate().filter_map(entry).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let request = self.client.delete_message_batch().queue_url(&self.url);
        let answer = request.set_entries(Some(entries)).send().await?;
        match answer.failed.first() {
            Some(failed) => Err(QueueError(format!("sent, and not deleted: {}", failed.code()))),
            None => Ok(()),
        }
    }
}

impl Letter {
    /// Whether its event happened before `since`. A message that cannot be read is poison, and has
    /// no effect.
    fn is_from_before(&self, since: Timestamp) -> bool {
        Sealed::read(&self.body).is_ok_and(|sealed| sealed.occurred_at < since)
    }

    fn of(message: Message) -> Self {
        let attribute = |name: &str| message.message_attributes.as_ref()?.get(name)?.string_value().map(str::to_owned);
        let sent = message.attributes.as_ref().and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp));
        Self {
            reason: attribute("reason"),
            sent_at: sent.and_then(|ms| Timestamp::from_millisecond(ms.parse().ok()?).ok()),
            id: message.message_id.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
        }
    }
}
