//! What every consumer does with messages, whatever its work is: open them, and see to them afterwards.

use super::outcome::{MessageOutcome, failures, pause};
use crate::{
    clock::Clock,
    context::Cx,
    lambda::runtime::text_of,
    queue::{Burial, Closed, Delivery, Inbox, Message, Sealed, Wait},
};
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsMessage};
use futures_util::FutureExt;
use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

/// Kept back from the deadline, to bury the dead and to answer.
const RESERVE: Duration = Duration::from_secs(1);

/// What was not started comes back after this: at once, a queue whose worker is slow would use up its deliveries in a minute.
const SOON: Duration = Duration::from_secs(5);

/// When an invocation stops starting work, and when the last must be over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) last_start: Instant,
    pub(super) stop: Instant,
}

impl Times {
    pub(super) fn new(left: Duration, limit: Duration) -> Self {
        let now = Instant::now();
        // Where the whole invocation is short, half of it is for starting.
        let usable = left.saturating_sub(RESERVE.min(left / 4));
        Self { last_start: now + usable.saturating_sub(limit.min(usable / 2)), stop: now + usable }
    }
}

/// One consumer's name, clock and queue.
pub(super) struct MessageLifecycle {
    pub(super) consumer: &'static str,
    pub(super) attempts: u32,
    pub(super) clock: Clock,
    pub(super) inbox: Option<Inbox>,
}

impl MessageLifecycle {
    /// A message's own context, with what is known of it before it is opened.
    pub(super) fn context(&self, message: &SqsMessage, request_id: &str, time: Duration) -> Cx {
        let cx = Cx::new(self.clock.clone(), request_id, time);
        cx.event.set("worker", self.consumer);
        cx.event.set("request_id", request_id);
        cx.event.set("message_id", message.message_id.clone());
        cx.event.set("attempt", attempt(message));
        if let Some(sent) = attribute(message, "SentTimestamp") {
            cx.event.set("age_ms", self.clock.now_ms().saturating_sub(sent));
        }
        cx
    }

    /// What a message is about, and its body; or how it ends.
    pub(super) fn open<M: Message>(&self, cx: &Cx, message: &SqsMessage) -> Result<(Delivery, M), MessageOutcome> {
        let sealed = Sealed::read(message.body.as_deref().unwrap_or_default());
        let sealed = sealed.map_err(|poison| MessageOutcome::Poison(poison.to_string()))?;
        cx.event.set("id", sealed.id.clone());
        cx.event.set("kind", sealed.kind.clone());
        let delivery = Delivery {
            consumer: self.consumer,
            id: sealed.id.clone(),
            kind: sealed.kind.clone(),
            occurred_at: sealed.occurred_at,
            payload_hash: sealed.payload_hash(),
            attempt: attempt(message),
        };
        match sealed.open() {
            Ok(body) => Ok((delivery, body)),
            Err(Closed::Unreadable(poison)) => Err(MessageOutcome::Poison(poison.to_string())),
            Err(Closed::Newer(schema)) => {
                Err(MessageOutcome::Retry(format!("schema {schema} is newer than this release")))
            }
        }
    }

    /// Buries what is dead, lets wait what is to wait, and names what is to be delivered again.
    pub(super) async fn close(
        &self,
        cx: &Cx,
        messages: &[SqsMessage],
        outcomes: &[MessageOutcome],
    ) -> SqsBatchResponse {
        let mut gone: Vec<bool> = outcomes.iter().map(MessageOutcome::is_done).collect();
        if let Some(inbox) = &self.inbox {
            let (mut dead, mut burials, mut waits) = (Vec::new(), Vec::new(), Vec::new());
            for (index, (message, outcome)) in messages.iter().zip(outcomes).enumerate() {
                let failure = self.failure(message);
                if let Some(reason) = outcome.cause_of_death(failure, self.attempts) {
                    dead.push(index);
                    let (id, body) = (message.message_id.clone(), message.body.clone());
                    burials.push(Burial { id: id.unwrap_or_default(), body: body.unwrap_or_default(), reason });
                } else if let Some(pause) = self.pause(outcome, failure) {
                    waits.push(Wait { receipt: message.receipt_handle.clone().unwrap_or_default(), pause });
                }
            }
            let (buried, ()) = tokio::join!(inbox.bury(cx, &burials), inbox.wait(cx, &waits));
            for (index, buried) in dead.into_iter().zip(buried) {
                gone[index] = buried;
            }
        }
        let mut response = SqsBatchResponse::default();
        for (message, _) in messages.iter().zip(gone).filter(|(_, gone)| !gone) {
            response.add_failure(message.message_id.clone().unwrap_or_default());
        }
        response
    }

    /// Which failure of the message this is, if it is one.
    fn failure(&self, message: &SqsMessage) -> u32 {
        let deliveries = attempt(message);
        let first = attribute(message, "ApproximateFirstReceiveTimestamp");
        first.map_or(deliveries, |first| {
            let age = u64::try_from(self.clock.now_ms().saturating_sub(first)).unwrap_or_default();
            failures(deliveries, Duration::from_millis(age))
        })
    }

    fn pause(&self, outcome: &MessageOutcome, failure: u32) -> Option<Duration> {
        match outcome {
            MessageOutcome::Done | MessageOutcome::Poison(_) | MessageOutcome::Permanent(_) => None,
            MessageOutcome::NotStarted => Some(SOON),
            MessageOutcome::Busy(until) => {
                let left = until.as_millisecond() - self.clock.now_ms();
                Some(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
            }
            MessageOutcome::Retry(_) | MessageOutcome::Panicked(_) | MessageOutcome::TimedOut => Some(pause(failure)),
        }
    }
}

/// What `work` answers before `deadline`, unless it panics or takes longer.
pub(super) async fn guarded<T>(deadline: Instant, work: impl Future<Output = T>) -> Result<T, MessageOutcome> {
    match tokio::time::timeout_at(deadline.into(), AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(panic)) => Err(MessageOutcome::Panicked(text_of(panic.as_ref()))),
        Err(_) => Err(MessageOutcome::TimedOut),
    }
}

/// How often the queue has handed this message out.
fn attempt(message: &SqsMessage) -> u32 {
    attribute(message, "ApproximateReceiveCount").and_then(|n| u32::try_from(n).ok()).unwrap_or(1)
}

fn attribute(message: &SqsMessage, name: &str) -> Option<i64> {
    message.attributes.get(name)?.parse().ok()
}
