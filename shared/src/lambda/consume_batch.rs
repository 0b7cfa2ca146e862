//! What happens to a batch.

use super::{
    Worker,
    consume::DEAD_LETTERS,
    consume_outcome::{Outcome, pause},
};
use crate::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    queue::{Burial, Closed, Delivery, Inbox, Sealed, Wait},
};
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{FutureExt, StreamExt, stream};
use jiff::Timestamp;
use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

/// Kept back from the deadline, to bury the dead and to answer.
const RESERVE: Duration = Duration::from_secs(1);

/// A worker with what it needs, ready for batches.
pub struct Consumer<W: Worker> {
    state: W::State,
    clock: Clock,
    inbox: Option<Inbox>,
}

/// When this invocation stops starting messages, and when the last must be over.
#[derive(Clone, Copy)]
struct Times {
    last_start: Instant,
    stop: Instant,
}

impl Times {
    fn new<W: Worker>(left: Duration) -> Self {
        let now = Instant::now();
        // Where the whole invocation is short, half of it is for starting.
        let usable = left.saturating_sub(RESERVE.min(left / 4));
        Self { last_start: now + usable.saturating_sub(W::LIMIT.min(usable / 2)), stop: now + usable }
    }
}

impl<W: Worker> Consumer<W> {
    /// From the app: its state, and the queue that [`Worker::QUEUE`] names.
    pub async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let vars = app.vars();
        let inbox = vars.optional(W::QUEUE).map(|url| Inbox::new(app.sdk(), url, vars.optional(DEAD_LETTERS)));
        Ok(Self::new(W::State::from_app(app).await?, app.clock().clone(), inbox))
    }

    /// From parts: what tests call.
    pub fn new(state: W::State, clock: Clock, inbox: Option<Inbox>) -> Self {
        Self { state, clock, inbox }
    }

    /// Takes a batch, and answers with the messages that are to be delivered again. It returns before `left` is over,
    /// whatever the messages do.
    pub async fn batch(&self, request_id: &str, left: Duration, event: SqsEvent) -> SqsBatchResponse {
        let times = Times::new::<W>(left);
        let cx = Cx::new(self.clock.clone(), request_id, left);
        let messages = &event.records;
        let outcomes: Vec<_> = stream::iter(messages)
            .map(|message| self.one(message, request_id, times))
            .buffered(W::PARALLEL.max(1))
            .collect()
            .await;
        let buried = self.aftermath(&cx, messages, &outcomes).await;
        let mut response = SqsBatchResponse::default();
        for ((message, outcome), buried) in messages.iter().zip(&outcomes).zip(buried) {
            if !(outcome.is_done() || buried) {
                response.add_failure(message.message_id.clone().unwrap_or_default());
            }
        }
        response
    }

    /// One message, with its own context and its own line.
    async fn one(&self, message: &SqsMessage, request_id: &str, times: Times) -> Outcome {
        let start = Instant::now();
        if start > times.last_start {
            return Outcome::NotStarted;
        }
        let deadline = times.stop.min(start + W::LIMIT);
        let cx = Cx::new(self.clock.clone(), request_id, deadline - start);
        cx.event.set("worker", W::NAME);
        cx.event.set("request_id", request_id);
        cx.event.set("message_id", message.message_id.clone());
        cx.event.set("attempt", attempt(message));
        if let Some(sent) = attribute(message, "SentTimestamp") {
            cx.event.set("age_ms", self.clock.now_ms().saturating_sub(sent));
        }
        let work = AssertUnwindSafe(self.handle(&cx, message)).catch_unwind();
        let outcome = match tokio::time::timeout_at(deadline.into(), work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Outcome::Panicked(text_of(panic.as_ref())),
            Err(_) => Outcome::TimedOut,
        };
        cx.event.time("total", start.elapsed());
        outcome.describe(&cx.event);
        cx.event.emit();
        outcome
    }

    async fn handle(&self, cx: &Cx, message: &SqsMessage) -> Outcome {
        let sealed = match Sealed::read(message.body.as_deref().unwrap_or_default()) {
            Ok(sealed) => sealed,
            Err(poison) => return Outcome::Poison(poison.to_string()),
        };
        cx.event.set("id", sealed.id.clone());
        cx.event.set("kind", sealed.kind.clone());
        let delivery = Delivery {
            consumer: W::NAME,
            id: sealed.id.clone(),
            kind: sealed.kind.clone(),
            occurred_at: sealed.occurred_at,
            payload_hash: sealed.payload_hash(),
            attempt: attempt(message),
        };
        match sealed.open() {
            Ok(body) => W::handle(&self.state, cx, &delivery, body).await.into(),
            Err(Closed::Unreadable(poison)) => Outcome::Poison(poison.to_string()),
            Err(Closed::Newer(schema)) => Outcome::Retry(format!("schema {schema} is newer than this release")),
        }
    }

    /// Buries what is dead and lets wait what is to wait; says of each message whether it was buried.
    async fn aftermath(&self, cx: &Cx, messages: &[SqsMessage], outcomes: &[Outcome]) -> Vec<bool> {
        let mut buried = vec![false; messages.len()];
        let Some(inbox) = &self.inbox else { return buried };
        let (mut dead, mut burials, mut waits) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (message, outcome)) in messages.iter().zip(outcomes).enumerate() {
            let receipt = message.receipt_handle.clone().unwrap_or_default();
            if let Some(reason) = outcome.cause_of_death(attempt(message), W::ATTEMPTS) {
                dead.push(index);
                let (id, body) = (message.message_id.clone(), message.body.clone());
                burials.push(Burial { id: id.unwrap_or_default(), body: body.unwrap_or_default(), reason });
            } else if let Some(pause) = self.pause(outcome, attempt(message)) {
                waits.push(Wait { receipt, pause });
            }
        }
        let (fates, ()) = tokio::join!(inbox.bury(cx, &burials), inbox.wait(cx, &waits));
        for (index, fate) in dead.into_iter().zip(fates) {
            buried[index] = fate;
        }
        buried
    }

    fn pause(&self, outcome: &Outcome, attempts: u32) -> Option<Duration> {
        match outcome {
            Outcome::Done | Outcome::Poison(_) | Outcome::Permanent(_) => None,
            Outcome::NotStarted => Some(Duration::ZERO),
            Outcome::Busy(until) => Some(until_then(&self.clock, *until)),
            Outcome::Retry(_) | Outcome::Panicked(_) | Outcome::TimedOut => Some(pause(attempts)),
        }
    }
}

fn until_then(clock: &Clock, until: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(until.as_millisecond() - clock.now_ms()).unwrap_or_default())
}

/// How often the queue has handed this message out.
fn attempt(message: &SqsMessage) -> u32 {
    attribute(message, "ApproximateReceiveCount").and_then(|n| u32::try_from(n).ok()).unwrap_or(1)
}

fn attribute(message: &SqsMessage, name: &str) -> Option<i64> {
    message.attributes.get(name)?.parse().ok()
}

pub(super) fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
