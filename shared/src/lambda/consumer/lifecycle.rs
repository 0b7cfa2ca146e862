//! What every consumer does with its messages: it opens them, and it closes them after the work.

use super::outcome::{WorkOutcome, failures, pause};
use crate::{
    clock::Clock,
    context::Cx,
    lambda::runtime::text_of,
    queue::{Burial, Closed, Delivery, Inbox, Message, Sealed, Wait},
    telemetry::fields,
};
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsMessage};
use futures_util::FutureExt;
use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

/// The time before the deadline that is reserved for burying messages and answering.
const RESERVE: Duration = Duration::from_secs(1);

/// The pause of a message that was not started. Without a pause, a slow worker would use up the
/// deliveries of its messages within a minute.
const SOON: Duration = Duration::from_secs(5);

/// When an invocation starts its last work, and when all work must be over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) last_start: Instant,
    pub(super) stop: Instant,
}

impl Times {
    pub(super) fn new(left: Duration, limit: Duration) -> Self {
        let now = Instant::now();
        // In a short invocation, half of the time is for starting work.
        let usable = left.saturating_sub(RESERVE.min(left / 4));
        Self { last_start: now + usable.saturating_sub(limit.min(usable / 2)), stop: now + usable }
    }
}

/// Opens and closes the messages of one consumer.
pub(super) struct MessageLifecycle {
    pub(super) consumer: &'static str,
    pub(super) attempts: u32,
    pub(super) clock: Clock,
    pub(super) inbox: Option<Inbox>,
}

impl MessageLifecycle {
    /// Makes the context of a message, with the facts that are known before it is opened.
    pub(super) fn context(&self, message: &SqsMessage, request_id: &str, time: Duration) -> Cx {
        let cx = Cx::new(self.clock.clone(), request_id, time);
        cx.event.set(fields::WORKER, self.consumer);
        cx.event.set(fields::REQUEST_ID, request_id);
        cx.event.set(fields::MESSAGE_ID, message.message_id.clone());
        cx.event.set(fields::ATTEMPT, attempt(message));
        if let Some(sent) = attribute(message, "SentTimestamp") {
            cx.event.set(fields::AGE_MS, self.clock.now_ms().saturating_sub(sent));
        }
        cx
    }

    /// Opens a message: its delivery and its body, or the outcome of a message that cannot be
    /// opened.
    pub(super) fn open<M: Message>(&self, cx: &Cx, message: &SqsMessage) -> Result<(Delivery, M), WorkOutcome> {
        let sealed = Sealed::read(message.body.as_deref().unwrap_or_default());
        let sealed = sealed.map_err(|poison| WorkOutcome::Poison(poison.to_string()))?;
        cx.event.set(fields::ID, sealed.id.clone());
        cx.event.set(fields::KIND, sealed.kind.clone());
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
            Err(Closed::Unreadable(poison)) => Err(WorkOutcome::Poison(poison.to_string())),
            Err(Closed::Newer(schema)) => {
                Err(WorkOutcome::Retry(format!("schema {schema} is newer than this release")))
            }
        }
    }

    /// Buries messages, sets pauses, and returns the messages to deliver again.
    pub(super) async fn close(&self, cx: &Cx, messages: &[SqsMessage], outcomes: &[WorkOutcome]) -> SqsBatchResponse {
        let mut gone: Vec<bool> = outcomes.iter().map(WorkOutcome::is_done).collect();
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

    /// The number of the message's failure, if this delivery is one.
    fn failure(&self, message: &SqsMessage) -> u32 {
        let deliveries = attempt(message);
        let first = attribute(message, "ApproximateFirstReceiveTimestamp");
        first.map_or(deliveries, |first| {
            let age = u64::try_from(self.clock.now_ms().saturating_sub(first)).unwrap_or_default();
            failures(deliveries, Duration::from_millis(age))
        })
    }

    fn pause(&self, outcome: &WorkOutcome, failure: u32) -> Option<Duration> {
        match outcome {
            WorkOutcome::Done | WorkOutcome::Poison(_) | WorkOutcome::Permanent(_) => None,
            WorkOutcome::NotStarted => Some(SOON),
            WorkOutcome::Busy(until) => {
                let left = until.as_millisecond() - self.clock.now_ms();
                Some(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
            }
            WorkOutcome::Retry(_) | WorkOutcome::Panicked(_) | WorkOutcome::TimedOut => Some(pause(failure)),
        }
    }
}

/// Runs `work`; an error if it panics or is not done at `deadline`.
pub(in crate::lambda) async fn guarded<T>(deadline: Instant, work: impl Future<Output = T>) -> Result<T, WorkOutcome> {
    match tokio::time::timeout_at(deadline.into(), AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(panic)) => Err(WorkOutcome::Panicked(text_of(panic.as_ref()))),
        Err(_) => Err(WorkOutcome::TimedOut),
    }
}

/// How often the queue has delivered this message.
fn attempt(message: &SqsMessage) -> u32 {
    attribute(message, "ApproximateReceiveCount").and_then(|n| u32::try_from(n).ok()).unwrap_or(1)
}

fn attribute(message: &SqsMessage, name: &str) -> Option<i64> {
    message.attributes.get(name)?.parse().ok()
}
