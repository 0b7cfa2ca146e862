//! The entrance for work that is cheaper for a whole batch than for its messages: sums, mostly.
//!
//! The batch is handed over as one, so that a hundred views of one thing are one write. What it must not cost is the
//! isolation of messages: poison is sorted out before, and a batch that panics or takes too long is done again, message
//! by message, so that the one at fault fails alone.

use super::{
    batch::inbox,
    lifecycle::{Desk, Times, guarded},
    outcome::Outcome,
};
use crate::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    env::Var,
    lambda::{
        records,
        runtime::{Raw, Timeout, run},
    },
    queue::{Delivery, Failed, Inbox, Message},
    telemetry::fields,
};
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

/// Does one kind of work, a batch at a time. Its constants mean what they mean in [`Worker`](super::Worker).
pub trait BatchWorker: 'static {
    /// The function's name, and the scope of its idempotency keys.
    const NAME: &'static str;
    /// The variable that holds the URL of the queue it reads.
    const QUEUE: &'static Var;
    /// The longest that a batch may take.
    const LIMIT: Duration = Duration::from_secs(10);
    /// At which failure a message is buried with its reason.
    const ATTEMPTS: u32 = 5;

    /// What the work needs, made once at init.
    type State: FromApp;
    /// What the queue carries.
    type Message: Message;

    /// Does the work of all, and says of each how it went, in order. It may be called again with some of them:
    /// [`Idempotency::transact_all`](crate::idempotency::Idempotency::transact_all) is made for this.
    fn handle(
        state: &Self::State,
        cx: &Cx,
        batch: &[(Delivery, Self::Message)],
    ) -> impl Future<Output = Vec<Result<(), Failed>>> + Send;
}

/// Runs the worker `W` as a Lambda function. The whole of a binary's `main`.
pub fn consume_all<W: BatchWorker>() -> ExitCode {
    run(W::NAME, async {
        let app = App::from_env()?;
        let timeout = Timeout::from_vars(app.vars())?;
        let consumer = Arc::new(BatchConsumer::<W>::from_app(&app).await?);
        let handler = service_fn(move |LambdaEvent { payload, context }: LambdaEvent<Raw>| {
            let consumer = Arc::clone(&consumer);
            async move {
                let left = timeout.left(&context);
                let messages = records::messages(W::NAME, &context.request_id, payload.get())?;
                Ok::<_, Error>(consumer.batch(&context.request_id, left, messages).await)
            }
        });
        lambda_runtime::run(handler).await
    })
}

/// A batch worker with what it needs, ready for batches.
pub struct BatchConsumer<W: BatchWorker> {
    state: W::State,
    desk: Desk,
}

impl<W: BatchWorker> BatchConsumer<W> {
    /// From the app: its state, and the queue that [`BatchWorker::QUEUE`] names.
    pub async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let state = W::State::from_app(app).await?;
        app.warm_up().await;
        Ok(Self::new(state, app.clock().clone(), inbox(app, W::QUEUE)))
    }

    /// From parts: for tests and tools.
    pub fn new(state: W::State, clock: Clock, inbox: Option<Inbox>) -> Self {
        Self { state, desk: Desk { consumer: W::NAME, attempts: W::ATTEMPTS, clock, inbox } }
    }

    /// Takes a batch, and answers with the messages that are to be delivered again, before `left` is over.
    pub async fn batch(&self, request_id: &str, left: Duration, event: SqsEvent) -> SqsBatchResponse {
        let times = Times::new(left, W::LIMIT);
        let cx = Cx::new(self.desk.clock.clone(), request_id, left);
        let messages = &event.records;
        let contexts: Vec<_> = messages.iter().map(|m| self.desk.context(m, request_id, left)).collect();
        let mut outcomes = vec![Outcome::NotStarted; messages.len()];
        let (mut places, mut opened) = (Vec::new(), Vec::new());
        for (place, (message, cx)) in messages.iter().zip(&contexts).enumerate() {
            match self.desk.open(cx, message) {
                Ok(one) => {
                    places.push(place);
                    opened.push(one);
                }
                Err(outcome) => outcomes[place] = outcome,
            }
        }
        for (place, outcome) in places.into_iter().zip(Box::pin(self.all(request_id, &opened, times)).await) {
            outcomes[place] = outcome;
        }
        for (cx, outcome) in contexts.iter().zip(&outcomes) {
            outcome.describe(&cx.event);
            cx.emit();
        }
        self.desk.close(&cx, messages, &outcomes).await
    }

    async fn all(&self, request_id: &str, opened: &[(Delivery, W::Message)], times: Times) -> Vec<Outcome> {
        if opened.is_empty() {
            return Vec::new();
        }
        let together = self.part(request_id, opened, times).await;
        if opened.len() == 1 || !matches!(together[0], Outcome::Panicked(_) | Outcome::TimedOut) {
            return together;
        }
        tracing::warn!(worker = W::NAME, "a batch panicked or took too long, and is done message by message");
        let mut outcomes = Vec::with_capacity(opened.len());
        for one in opened.chunks(1) {
            outcomes.extend(self.part(request_id, one, times).await);
        }
        outcomes
    }

    /// These together: an outcome each, the same for all when it panicked or took too long.
    async fn part(&self, request_id: &str, part: &[(Delivery, W::Message)], times: Times) -> Vec<Outcome> {
        let start = Instant::now();
        if start > times.last_start {
            return vec![Outcome::NotStarted; part.len()];
        }
        let deadline = times.stop.min(start + W::LIMIT);
        let cx = Cx::new(self.desk.clock.clone(), request_id, deadline - start);
        cx.event.set(fields::WORKER, W::NAME);
        cx.event.set(fields::REQUEST_ID, request_id);
        cx.event.count(fields::MESSAGES, part.len() as u64);
        let outcomes = match guarded(deadline, W::handle(&self.state, &cx, part)).await {
            Ok(results) => {
                let mut outcomes: Vec<_> = results.into_iter().map(Outcome::of).collect();
                outcomes.resize(part.len(), Outcome::Retry("the worker did not say how it went".to_owned()));
                outcomes
            }
            Err(outcome) => vec![outcome; part.len()],
        };
        cx.event.time(fields::TOTAL, start.elapsed());
        cx.emit();
        outcomes
    }
}
