//! Handles a batch whose messages are handled one by one.

use super::{
    Worker,
    lifecycle::{MessageLifecycle, Times, guarded},
    outcome::WorkOutcome,
};
use crate::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    env::{DLQ_URL, Var},
    lambda::{
        records,
        runtime::{Raw, Timeout, run},
    },
    queue::Inbox,
    telemetry::fields,
};
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

/// A worker with its state, ready for batches.
pub struct Consumer<W: Worker> {
    state: W::State,
    lifecycle: MessageLifecycle,
}

impl<W: Worker> Consumer<W> {
    /// Makes the state from the app, and opens the queue that [`Worker::QUEUE`] names.
    pub async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let (inbox, state) = (inbox(app, W::QUEUE), W::State::from_app(app).await?);
        app.warm_up().await;
        Ok(Self::new(state, app.clock().clone(), inbox))
    }

    /// From parts, for tests and tools.
    pub fn new(state: W::State, clock: Clock, inbox: Option<Inbox>) -> Self {
        Self { state, lifecycle: MessageLifecycle { consumer: W::NAME, attempts: W::ATTEMPTS, clock, inbox } }
    }

    /// The state of the worker.
    pub fn state(&self) -> &W::State {
        &self.state
    }

    /// Handles a batch and returns the messages to deliver again. It returns before `left` is over,
    /// whatever the messages do.
    pub async fn batch(&self, request_id: &str, left: Duration, event: SqsEvent) -> SqsBatchResponse {
        let times = Times::new(left, W::LIMIT);
        let cx = Cx::new(self.lifecycle.clock.clone(), request_id, left);
        let messages = &event.records;
        let mut outcomes = vec![WorkOutcome::NotStarted; messages.len()];
        let work =
            messages.iter().enumerate().map(async |(n, message)| (n, self.one(message, request_id, times).await));
        let mut running = stream::iter(work).buffer_unordered(W::PARALLEL.max(1));
        while let Some((n, outcome)) = running.next().await {
            outcomes[n] = outcome;
        }
        self.lifecycle.close(&cx, messages, &outcomes).await
    }

    /// Handles one message, with its own context and its own log line.
    async fn one(&self, message: &SqsMessage, request_id: &str, times: Times) -> WorkOutcome {
        let start = Instant::now();
        if start > times.last_start {
            return WorkOutcome::NotStarted;
        }
        let deadline = times.stop.min(start + W::LIMIT);
        let cx = self.lifecycle.context(message, request_id, deadline - start);
        let work = async {
            let (delivery, body) = self.lifecycle.open(&cx, message)?;
            W::handle(&self.state, &cx, &delivery, body).await.map_err(WorkOutcome::from)
        };
        let outcome = match guarded(deadline, work).await {
            Ok(Ok(())) => WorkOutcome::Done,
            Ok(Err(outcome)) | Err(outcome) => outcome,
        };
        cx.event.time(fields::TOTAL, start.elapsed());
        outcome.describe(&cx.event);
        cx.emit();
        outcome
    }
}

/// Runs the worker `W` as a Lambda function. It is all that a binary's `main` has to call.
pub fn consume<W: Worker>() -> ExitCode {
    run(W::NAME, async {
        let app = App::from_env()?;
        let (timeout, consumer) = (Timeout::from_vars(app.vars())?, Arc::new(Consumer::<W>::from_app(&app).await?));
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

/// The queue whose URL is in `variable`, with its dead-letter queue.
pub(super) fn inbox(app: &App, variable: &Var) -> Option<Inbox> {
    let vars = app.vars();
    vars.optional(variable).map(|url| Inbox::new(app.sdk(), url, vars.optional(DLQ_URL)))
}
