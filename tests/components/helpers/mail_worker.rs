//! A worker that sends one e-mail for each message.

use super::{Happened, START, TIME};
use serde_json::Value;
use shared::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    idempotency::Idempotency,
    lambda::{Consumer, Worker},
    mail::{Email, Mailer},
    queue::{Delivery, Failed, Inbox},
};
use std::{sync::Arc, time::Duration};
use tests::{dynamo::Tables, ses::Mailbox, sqs::Queues};

/// Writes one e-mail for each thing, once.
pub(crate) struct Mails;

pub(crate) struct MailState {
    once: Idempotency,
    mailer: Mailer,
}

impl FromApp for MailState {
    async fn from_app(_: &App) -> Result<Self, ConfigError> {
        Err(ConfigError::new(&shared::env::Var::required("NONE"), "tests make their state themselves"))
    }
}

impl Worker for Mails {
    const NAME: &'static str = "mails";
    const QUEUE: &'static shared::env::Var = &shared::env::Var::required("MAILS_QUEUE_URL");
    type State = MailState;
    type Message = Happened;

    async fn handle(state: &MailState, cx: &Cx, delivery: &Delivery, message: Happened) -> Result<(), Failed> {
        let email = Email { to: "a@b.example".into(), subject: message.thing, text: "t".into(), html: "h".into() };
        state.once.run(cx, delivery, || state.mailer.send(cx, &email)).await
    }
}

/// The worker with its queue, mailbox and table.
pub(crate) struct MailWorker {
    pub(crate) clock: Clock,
    pub(crate) queues: Arc<Queues>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) consumer: Consumer<Mails>,
}

impl MailWorker {
    pub(crate) fn new(
        tables: &Tables,
        client: &shared::table::Client,
        clock: Clock,
        queues: Arc<Queues>,
        mailbox: Arc<Mailbox>,
    ) -> Self {
        let once = Idempotency::new(client, tables.name("Once"));
        let state = MailState { once, mailer: Mailer::new(&mailbox.sdk(), "shop@example.com", Duration::ZERO) };
        let inbox = Inbox::new(&queues.sdk(), "http://in.process/mails", Some("http://in.process/mails-dlq".into()));
        Self { consumer: Consumer::new(state, clock.clone(), Some(inbox)), clock, queues, mailbox }
    }

    /// With everything at its best.
    pub(crate) fn quiet(tables: &Tables) -> Self {
        let clock = Clock::manual(START);
        Self::new(tables, &tables.client(), clock.clone(), Queues::new(&clock), Mailbox::new())
    }

    /// Hands an event to the worker.
    pub(crate) async fn invoke(&self, event: &Value) -> Value {
        let event = serde_json::from_value(event.clone()).unwrap();
        serde_json::to_value(self.consumer.batch("request", TIME, event).await).unwrap()
    }

    /// Works until nothing is visible; the number of invocations.
    pub(crate) async fn drain(&self) -> usize {
        let mut invocations = 0;
        while let Some(event) = self.queues.receive("mails", |_| 0) {
            let answer = self.invoke(&event).await;
            self.queues.settle("mails", &event, &answer);
            invocations += 1;
        }
        invocations
    }
}
