//! What several tests need: a message, a worker that mails, and numbers by chance.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    env::Var,
    idempotency::Idempotency,
    lambda::{Consumer, Worker},
    mail::{Email, Mailer},
    queue::{Delivery, Envelope, Failed, Inbox, Message},
    version::Version,
};
use std::{sync::Arc, time::Duration};
use tests::{dynamo::Tables, ses::Mailbox, sqs::Queues};

/// What a test begins at: any moment will do.
pub(crate) const START: i64 = 1_700_000_000_000;
/// What an invocation has.
pub(crate) const TIME: Duration = Duration::from_secs(30);

/// Something happened to a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Happened {
    pub(crate) thing: String,
}

impl Message for Happened {
    const SCHEMA: u16 = 1;

    fn kind(&self) -> &'static str {
        "happened"
    }
}

pub(crate) fn happened(thing: &str) -> Envelope<Happened> {
    let at = jiff::Timestamp::from_millisecond(START).unwrap();
    Envelope::about(&format!("thing#{thing}"), Version(1), at, Happened { thing: thing.to_owned() })
}

pub(crate) fn json_of(thing: &str) -> String {
    happened(thing).to_json().unwrap()
}

/// Writes one e-mail for each thing, once.
pub(crate) struct Mails;

pub(crate) struct MailState {
    once: Idempotency,
    mailer: Mailer,
}

impl FromApp for MailState {
    async fn from_app(_: &App) -> Result<Self, ConfigError> {
        Err(ConfigError::new(&Var::required("NONE"), "tests make their state themselves"))
    }
}

impl Worker for Mails {
    const NAME: &'static str = "mails";
    const QUEUE: &'static Var = &Var::required("MAILS_QUEUE_URL");
    type State = MailState;
    type Message = Happened;

    async fn handle(state: &MailState, cx: &Cx, delivery: &Delivery, message: Happened) -> Result<(), Failed> {
        let email = Email { to: "a@b.example".into(), subject: message.thing, text: "t".into(), html: "h".into() };
        state.once.run(cx, delivery, || state.mailer.send(cx, &email)).await
    }
}

/// A mail worker, its queue, its mailbox and its table.
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

/// The ids that an answer hands back.
pub(crate) fn failures(answer: &Value) -> Vec<String> {
    let all = answer["batchItemFailures"].as_array().unwrap();
    all.iter().map(|f| f["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

/// A number generator that a failed test can be repeated with (`SplitMix64`, Steele et al., 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    /// How long until the next of events that come `mean` apart, at random moments (a Poisson process).
    pub(crate) fn gap(&mut self, mean: usize) -> usize {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (part, mean) = ((self.roll(1 << 20) + 1) as f64 / f64::from(1 << 20), mean as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a logarithm of 2^-20 at most")]
        let gap = (-part.ln() * mean) as usize;
        gap
    }
}
