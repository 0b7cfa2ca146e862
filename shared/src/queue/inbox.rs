//! A consumer's side of the queue that it reads.

use super::{
    Outbox, Outgoing,
    outbox::{MARGIN, PARALLEL},
    pack::COUNT,
};
use crate::{context::Cx, telemetry::fields};
use aws_config::SdkConfig;
use aws_sdk_sqs::{Client, types::ChangeMessageVisibilityBatchRequestEntry};
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio::time::timeout;

/// SQS hides a message for twelve hours at most, counted from when it was received.
const LONGEST: Duration = Duration::from_mins(12 * 60 - 1);
/// The time that a worker spends on what the queue would do later by itself.
const COURTESY: Duration = Duration::from_secs(3);
/// A reason longer than this is cut.
const REASON: usize = 1_000;

/// The consumer's own queue, and the dead-letter queue behind it.
///
/// Neither call is necessary: if it fails, the queue's visibility timeout or its redrive policy
/// does the same later. So each takes three seconds at most, and ends before the deadline.
#[derive(Debug, Clone)]
pub struct Inbox {
    client: Client,
    outbox: Outbox,
    url: String,
    dead_letters: Option<String>,
}

/// A message that must stay hidden for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The receipt of this delivery.
    pub receipt: String,
    /// For how long, from now. With zero the next consumer gets it at once.
    pub pause: Duration,
}

/// A message that goes to the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burial {
    /// The message's id, for the log.
    pub id: String,
    /// Its body, as it was received.
    pub body: String,
    /// Why; the attribute `reason` of the buried message.
    pub reason: String,
}

impl Inbox {
    /// The queue at `url`. Without the URL of its dead-letter queue, poison gets there by the
    /// redrive policy, after its last attempt and without a reason.
    pub fn new(sdk: &SdkConfig, url: impl Into<String>, dead_letters: Option<String>) -> Self {
        Self { client: Client::new(sdk), outbox: Outbox::new(sdk), url: url.into(), dead_letters }
    }

    /// Keeps these messages hidden. It returns no error; see [`Inbox`].
    pub async fn wait(&self, cx: &Cx, waits: &[Wait]) {
        let chunks = waits.chunks(COUNT).map(|chunk| self.hide(cx, chunk));
        let all = stream::iter(chunks.collect::<Vec<_>>()).buffer_unordered(PARALLEL).collect::<()>();
        if timeout(courtesy(cx), all).await.is_err() {
            tracing::warn!("visibility not changed in time");
        }
    }

    async fn hide(&self, cx: &Cx, waits: &[Wait]) {
        let entries = waits.iter().enumerate().filter_map(|(i, wait)| {
            // Rounded up, because a message that comes back too early would find its record locked
            // again.
            let seconds = wait.pause.min(LONGEST).as_millis().div_ceil(1000);
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(i.to_string());
            entry.receipt_handle(&wait.receipt).visibility_timeout(i32::try_from(seconds).ok()?).build().ok()
        });
        let request = self.client.change_message_visibility_batch().queue_url(&self.url);
        match request.set_entries(Some(entries.collect())).send().await {
            Ok(answer) if answer.failed.is_empty() => cx.event.count(fields::QUEUE_WAITS, waits.len() as u64),
            Ok(answer) => tracing::warn!(failed = ?answer.failed, "visibility not changed"),
            Err(error) => tracing::warn!(error = %error.into_service_error(), "visibility not changed"),
        }
    }

    /// Sends these messages to the dead-letter queue. The result says of each whether it is there
    /// now. If it is not, it stays on its queue; without an answer from SQS it may be in both.
    pub async fn bury(&self, cx: &Cx, burials: &[Burial]) -> Vec<bool> {
        let Some(url) = &self.dead_letters else { return vec![false; burials.len()] };
        if burials.is_empty() {
            return Vec::new();
        }
        let outgoing: Vec<_> = burials.iter().map(outgoing).collect();
        let Ok(lost) = timeout(courtesy(cx), self.outbox.send_all(cx, url, &outgoing)).await else {
            tracing::warn!(messages = burials.len(), "not buried in time");
            return vec![false; burials.len()];
        };
        for unsent in &lost {
            tracing::warn!(id = unsent.id, why = unsent.why, "not buried");
        }
        (0..burials.len()).map(|i| !lost.iter().any(|u| u.index == i)).collect()
    }
}

/// How long such a call may take. The batch's answer must be sent before the deadline, or the whole
/// batch is delivered again.
fn courtesy(cx: &Cx) -> Duration {
    COURTESY.min(cx.time_left().saturating_sub(MARGIN))
}

fn outgoing(burial: &Burial) -> Outgoing {
    // The value of an attribute must not be empty, and must not contain control characters or these
    // two characters.
    let taken = |c: char| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c };
    let mut reason: String = burial.reason.chars().map(taken).take(REASON).collect();
    if reason.is_empty() {
        reason.push('?');
    }
    Outgoing { id: burial.id.clone(), body: Ok(burial.body.clone()), attributes: vec![("reason", reason)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_reason_can_be_sent() {
        let reason = |reason: &str| {
            let burial = Burial { id: String::new(), body: String::new(), reason: reason.to_owned() };
            outgoing(&burial).attributes.remove(0).1
        };
        assert_eq!(reason("a\nb\u{fffe}c\u{ffff}d"), "a b c d");
        assert_eq!((reason(""), reason("\u{fffd}")), ("?".to_owned(), "\u{fffd}".to_owned()));
        assert_eq!(reason(&"x".repeat(10_000)).len(), REASON);
    }
}
