//! Handles a batch of stream records.

use super::{Relay, change::Change, mapping::RelayedEvent};
use crate::{
    app::App,
    clock::Clock,
    config::ConfigError,
    context::Cx,
    env::RELAY_DLQ_URL,
    lambda::{
        records::{self, StreamEvent},
        runtime::{Raw, Timeout, run, text_of},
    },
    queue::{Outbox, Outgoing, Unreadable},
    telemetry::fields,
};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures_util::future::join_all;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    marker::PhantomData,
    panic::catch_unwind,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

/// The time before the deadline that is reserved for the answer.
const RESERVE: Duration = Duration::from_millis(500);
/// The largest dead letter, in bytes: images of the item are left out to stay below SQS's limit.
const LETTER: usize = 1_000_000;

/// A relay with its queues, ready for batches.
pub struct Relayer<R: Relay> {
    clock: Clock,
    outbox: Outbox,
    urls: BTreeMap<&'static str, String>,
    dead_letters: String,
    relay: PhantomData<fn(R)>,
}

/// The state of the records of a batch.
#[derive(Default)]
struct Ledger {
    /// The events to send to each queue, each with the index of its record.
    posts: BTreeMap<&'static str, Vec<(usize, Outgoing)>>,
    /// The indexes of the records for the dead-letter queue, with the reasons.
    dead: BTreeMap<usize, String>,
    /// The index of the record from which on the batch must come again.
    failed: Option<usize>,
}

impl Ledger {
    fn failed_at(&mut self, record: usize) {
        self.failed = Some(self.failed.map_or(record, |first| first.min(record)));
    }
}

impl<R: Relay> Relayer<R> {
    /// Opens the queues that [`Relay::DESTINATIONS`] names, and the dead-letter queue.
    pub fn from_app(app: &App) -> Result<Self, ConfigError> {
        let vars = app.vars();
        let urls: Result<_, _> = R::DESTINATIONS.iter().map(|queue| Ok((queue.name, vars.required(queue)?))).collect();
        let (outbox, dead_letters) = (Outbox::new(app.sdk()), vars.required(RELAY_DLQ_URL)?);
        Ok(Self { clock: app.clock().clone(), outbox, urls: urls?, dead_letters, relay: PhantomData })
    }

    /// Handles a batch, and returns the record from which on it must come again, if any.
    pub async fn batch(&self, request_id: &str, left: Duration, event: StreamEvent) -> DynamoDbEventResponse {
        let start = Instant::now();
        let cx = Cx::new(self.clock.clone(), request_id, left.saturating_sub(RESERVE.min(left / 4)));
        cx.event.set(fields::WORKER, R::NAME);
        cx.event.set(fields::REQUEST_ID, request_id);
        cx.event.count(fields::RECORDS, event.records.len() as u64);
        let mut ledger = self.read(&cx, &event.records);
        self.send(&cx, &mut ledger).await;
        self.bury(&cx, &event.records, &mut ledger).await;
        let mut response = DynamoDbEventResponse::default();
        if let Some(record) = ledger.failed {
            cx.event.set(fields::AGAIN_FROM, record);
            let mut checkpoint = DynamoDbBatchItemFailure::default();
            checkpoint.item_identifier = sequence_number(&event.records[record]);
            response.batch_item_failures.push(checkpoint);
        }
        cx.event.set(fields::OUTCOME, if ledger.failed.is_some() { "again" } else { "done" });
        cx.event.time(fields::TOTAL, start.elapsed());
        cx.emit();
        response
    }

    /// Sends the events of these changes again. Returns how many were sent, and why the others
    /// cannot be sent at all. A consumer that handled an event before ignores it, as long as its
    /// idempotency record exists.
    pub async fn again(&self, cx: &Cx, changes: &[Change]) -> Result<(usize, Vec<Unreadable>), Unreadable> {
        let (mut posts, mut refused) = (BTreeMap::<&str, Vec<Outgoing>>::new(), Vec::new());
        for change in changes {
            match R::events(change) {
                Ok(events) => events
                    .into_iter()
                    .for_each(|event| posts.entry(event.destination).or_default().push(event.outgoing)),
                Err(why) => refused.push(why),
            }
        }
        let mut sent = 0;
        for (destination, posts) in posts {
            let url = self
                .urls
                .get(destination)
                .ok_or_else(|| Unreadable(format!("{destination} is not among the destinations")))?;
            let unsent = self.outbox.send_all(cx, url, &posts).await;
            if let Some(passing) = unsent.iter().find(|unsent| !unsent.permanent) {
                return Err(Unreadable(passing.to_string()));
            }
            sent += posts.len() - unsent.len();
            refused.extend(unsent.iter().map(|unsent| Unreadable(unsent.to_string())));
        }
        Ok((sent, refused))
    }

    fn read(&self, cx: &Cx, records: &[Value]) -> Ledger {
        let mut ledger = Ledger::default();
        let now = self.clock.now();
        for (index, record) in records.iter().enumerate() {
            let read = Change::read(record, now).and_then(|change| {
                if index == 0 {
                    cx.event.set(fields::AGE_MS, now.as_millisecond() - change.at.as_millisecond());
                }
                let panicked =
                    |p: Box<dyn std::any::Any + Send>| Unreadable(format!("panicked: {}", text_of(p.as_ref())));
                catch_unwind(|| R::events(&change)).unwrap_or_else(|panic| Err(panicked(panic)))
            });
            match read {
                Ok(events) => events.into_iter().for_each(|event| self.add(&mut ledger, index, event)),
                Err(why) => drop(ledger.dead.insert(index, why.0)),
            }
        }
        ledger
    }

    fn add(&self, ledger: &mut Ledger, record: usize, event: RelayedEvent) {
        if self.urls.contains_key(event.destination) {
            ledger.posts.entry(event.destination).or_default().push((record, event.outgoing));
        } else {
            ledger.dead.insert(record, format!("{} is not among the relay's destinations", event.destination));
        }
    }

    async fn send(&self, cx: &Cx, ledger: &mut Ledger) {
        let posts = std::mem::take(&mut ledger.posts);
        let sends = posts.into_iter().map(async |(destination, posts)| {
            let (records, outgoing): (Vec<_>, Vec<_>) = posts.into_iter().unzip();
            let unsent = self.outbox.send_all(cx, &self.urls[destination], &outgoing).await;
            unsent.into_iter().map(|u| (records[u.index], u)).collect::<Vec<_>>()
        });
        for (record, unsent) in join_all(sends).await.into_iter().flatten() {
            if unsent.permanent {
                ledger.dead.insert(record, unsent.to_string());
            } else {
                tracing::warn!(relay = R::NAME, why = unsent.why, "an event was not sent");
                ledger.failed_at(record);
            }
        }
    }

    async fn bury(&self, cx: &Cx, records: &[Value], ledger: &mut Ledger) {
        if ledger.dead.is_empty() {
            return;
        }
        cx.event.count(fields::UNREADABLE, ledger.dead.len() as u64);
        let letters = ledger.dead.iter().map(|(&index, reason)| letter::<R>(&records[index], reason));
        let unsent = self.outbox.send_all(cx, &self.dead_letters, &letters.collect::<Vec<_>>()).await;
        let dead: Vec<_> = ledger.dead.keys().copied().collect();
        for unsent in unsent {
            tracing::warn!(relay = R::NAME, why = unsent.why, "a dead letter was not sent");
            ledger.failed_at(dead[unsent.index]);
        }
    }
}

/// Runs the relay `R` as a Lambda function. It is all that a binary's `main` has to call.
pub fn relay<R: Relay>() -> ExitCode {
    run(R::NAME, async {
        let app = App::from_env()?;
        let (timeout, relayer) = (Timeout::from_vars(app.vars())?, Arc::new(Relayer::<R>::from_app(&app)?));
        let handler = service_fn(move |LambdaEvent { payload, context }: LambdaEvent<Raw>| {
            let relayer = Arc::clone(&relayer);
            async move {
                let left = timeout.left(&context);
                let changes = records::changes(R::NAME, &context.request_id, payload.get())?;
                Ok::<_, Error>(relayer.batch(&context.request_id, left, changes).await)
            }
        });
        lambda_runtime::run(handler).await
    })
}

/// A dead letter: the record as it came, and the reason.
fn letter<R: Relay>(record: &Value, reason: &str) -> Outgoing {
    let id = sequence_number(record).unwrap_or_default();
    let whole = json!({"relay": R::NAME, "reason": reason, "record": record}).to_string();
    let (mut body, mut left, mut cut) = (whole, record.clone(), Vec::new());
    // The old image goes first, because events are mostly made from the new one. The key stays.
    for image in ["OldImage", "NewImage"] {
        if body.len() > LETTER {
            left.pointer_mut("/dynamodb").and_then(Value::as_object_mut).and_then(|record| record.remove(image));
            cut.push(image);
            body = json!({"relay": R::NAME, "reason": reason, "record": left, "cut": cut}).to_string();
        }
    }
    Outgoing::raw(id, Ok(body))
}

fn sequence_number(record: &Value) -> Option<String> {
    record.pointer("/dynamodb/SequenceNumber")?.as_str().map(ToOwned::to_owned)
}
