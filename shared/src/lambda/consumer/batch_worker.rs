//! A worker that handles a batch at a time, for work that is cheaper for a batch than for each of
//! its messages, such as sums.
//!
//! The worker gets the whole batch, so that a hundred views of one product become one write.
//! Messages still fail alone: poison is sorted out before, and a batch that panics or takes too
//! long is handled again, message by message.

use super::{
    batch::inbox,
    lifecycle::{MessageLifecycle, Times, guarded},
    outcome::WorkOutcome,
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

/// Does one kind of work, a batch at a time. Its constants mean the same as those of
/// [`Worker`](super::Worker).
pub trait BatchWorker: 'static {
    /// The function's name, and the scope of its idempotency keys.
    const NAME: &'static str;
    /// The variable that holds the URL of the worker's queue.
    const QUEUE: &'static Var;
    /// The longest time that a batch may take.
    const LIMIT: Duration = Duration::from_secs(10);
    /// The failure at which a message is buried with its reason.
    const ATTEMPTS: u32 = 5;

    /// What the work needs. It is made once, at init.
    type State: FromApp;
    /// The type of the messages on the queue.
    type Message: Message;

    /// Does the work of all messages, and returns the result of each, in order. It may be called
    /// again with some of them;
    /// [`Idempotency::transact_all`](crate::idempotency::Idempotency::transact_all) is made for
    /// that.
    fn handle(
        state: &Self::State,
        cx: &Cx,
        batch: &[(Delivery, Self::Message)],
    ) -> impl Future<Output = Vec<Result<(), Failed>>> + Send;
}

/// Runs the worker `W` as a Lambda function. It is all that a binary's `main` has to call.
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

/// A batch worker with its state, ready for batches.
pub struct BatchConsumer<W: BatchWorker> {
    state: W::State,
    lifecycle: MessageLifecycle,
}

impl<W: BatchWorker> BatchConsumer<W> {
    /// Makes the state from the app, and opens the queue that [`BatchWorker::QUEUE`] names.
    pub async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let state = W::State::from_app(app).await?;
        app.warm_up().await;
        Ok(Self::new(state, app.clock().clone(), inbox(app, W::QUEUE)))
    }

    /// From parts, for tests and tools.
    pub fn new(state: W::State, clock: Clock, inbox: Option<Inbox>) -> Self {
        Self { state, lifecycle: MessageLifecycle { consumer: W::NAME, attempts: W::ATTEMPTS, clock, inbox } }
    }

    /// Handles a batch and returns the messages to deliver again, before `left` is over.
    pub async fn batch(&self, request_id: &str, left: Duration, event: SqsEvent) -> SqsBatchResponse {
        let times = Times::new(left, W::LIMIT);
        let cx = Cx::new(self.lifecycle.clock.clone(), request_id, left);
        let messages = &event.records;
        let contexts: Vec<_> = messages.iter().map(|m| self.lifecycle.context(m, request_id, left)).collect();
        let mut outcomes = vec![WorkOutcome::NotStarted; messages.len()];
        let (mut places, mut opened) = (Vec::new(), Vec::new());
        for (place, (message, cx)) in messages.iter().zip(&contexts).enumerate() {
            match self.lifecycle.open(cx, message) {
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
        self.lifecycle.close(&cx, messages, &outcomes).await
    }

    /// Handles all messages together, and one by one if that panics or takes too long.
    async fn all(&self, request_id: &str, opened: &[(Delivery, W::Message)], times: Times) -> Vec<WorkOutcome> {
        if opened.is_empty() {
            return Vec::new();
        }
        let together = self.part(request_id, opened, times).await;
        if opened.len() == 1 || !matches!(together[0], WorkOutcome::Panicked(_) | WorkOutcome::TimedOut) {
            return together;
        }
        tracing::warn!(worker = W::NAME, "a batch panicked or took too long, and is done message by message");
        let mut outcomes = Vec::with_capacity(opened.len());
        for one in opened.chunks(1) {
            outcomes.extend(self.part(request_id, one, times).await);
        }
        outcomes
    }

    /// Handles these messages together. They all have the same outcome if the worker panics or
    /// takes too long.
    async fn part(&self, request_id: &str, part: &[(Delivery, W::Message)], times: Times) -> Vec<WorkOutcome> {
        let start = Instant::now();
        if start > times.last_start {
            return vec![WorkOutcome::NotStarted; part.len()];
        }
        let deadline = times.stop.min(start + W::LIMIT);
        let cx = Cx::new(self.lifecycle.clock.clone(), request_id, deadline - start);
        cx.event.set(fields::WORKER, W::NAME);
        cx.event.set(fields::REQUEST_ID, request_id);
        cx.event.count(fields::MESSAGES, part.len() as u64);
        let outcomes = match guarded(deadline, W::handle(&self.state, &cx, part)).await {
            Ok(results) => {
                let mut outcomes: Vec<_> = results.into_iter().map(WorkOutcome::of).collect();
                outcomes.resize(
                    part.len(),
                    WorkOutcome::Retry("the worker returned no result for this message".to_owned()),
                );
                outcomes
            }
            Err(outcome) => vec![outcome; part.len()],
        };
        cx.event.time(fields::TOTAL, start.elapsed());
        cx.emit();
        outcomes
    }
}
