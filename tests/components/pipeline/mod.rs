//! What follows an order, in this process: the orders' relay, the e-mail worker and the analytics
//! worker as they are deployed, on their own queues, mailbox and tables.

mod chaos;
mod counts;
pub(crate) mod orders;
mod processes;
mod stopped;

use self::orders::{person, product, record};
use crate::helpers::{START, TIME};
use aws_config::SdkConfig;
use functions::{
    accounts::users::{StoredUser, User},
    analytics::{
        co_purchases::{CoPurchases, pairs},
        sales::Sales,
        summaries::Summaries,
        top_partners::TopPartners,
    },
    events::OrderPlaced,
    ids::{ProductId, UserId},
    orders::Order,
    workers::{Analytics, MailComposer, RelayOrders, SendEmail},
};
use serde_json::{Value, json};
use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    config::Vars,
    context::Cx,
    idempotency::Idempotency,
    lambda::{BatchConsumer, Consumer, Relayer},
    mail::Mailer,
    queue::Inbox,
    sign::Signer,
    table::{Consistency, Shards, Table},
    version::Version,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tests::{
    dynamo::Tables,
    fault_injector::{Call, FaultInjector, Rule},
    in_process,
    ses::Mailbox,
    sqs::Queues,
};

pub(crate) struct Pipeline {
    pub(crate) clock: Clock,
    pub(crate) queues: Arc<Queues>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) relayer: Relayer<RelayOrders>,
    email: Consumer<SendEmail>,
    analytics: BatchConsumer<Analytics>,
    tables: Tables,
    shards: String,
}

/// Over how many shards a counter is spread, where that is not what is tested.
pub(crate) const SHARDS: &str = "4";

/// The settings of all functions of the pipeline.
fn vars(tables: &Tables, shards: &str) -> Vars {
    let url = |name: &str| format!("http://in.process/{name}");
    let named = ["Users", "Orders", "Once", "Counters", "SigningKeys"].map(|table| tables.variable(table));
    let queues = [
        ("EMAIL_QUEUE_URL", "email"),
        ("ANALYTICS_QUEUE_URL", "analytics"),
        ("FORGET_QUEUE_URL", "forget"),
        ("RELAY_DLQ_URL", "relay-dlq"),
    ];
    let queues = queues.map(|(variable, name)| (variable.to_owned(), url(name)));
    let others = [("SITE_URL", "https://shop.example"), ("COUNTER_SHARDS", shards)];
    let others = others.map(|(variable, value)| (variable.to_owned(), value.to_owned()));
    Vars::from_pairs(named.into_iter().chain(queues).chain(others))
}

impl Pipeline {
    pub(crate) async fn quiet() -> Self {
        let clock = Clock::manual(START);
        Self::with(&clock, Queues::new(&clock), |_| Rule::Pass).await
    }

    /// Behind a network that does what `rule` says.
    pub(crate) async fn with(
        clock: &Clock,
        queues: Arc<Queues>,
        rule: impl Fn(&Call) -> Rule + Send + Sync + 'static,
    ) -> Self {
        Self::with_shards(clock, queues, SHARDS, rule).await
    }

    /// The same, with counters over so many shards.
    pub(crate) async fn with_shards(
        clock: &Clock,
        queues: Arc<Queues>,
        shards: &str,
        rule: impl Fn(&Call) -> Rule + Send + Sync + 'static,
    ) -> Self {
        Self::on(Tables::new(), clock, queues, Mailbox::new(), shards, rule).await
    }

    /// The same, on tables and with a mailbox that are there already.
    pub(crate) async fn on(
        tables: Tables,
        clock: &Clock,
        queues: Arc<Queues>,
        mailbox: Arc<Mailbox>,
        shards: &str,
        rule: impl Fn(&Call) -> Rule + Send + Sync + 'static,
    ) -> Self {
        let sdk = tables.sdk();
        let network = sdk.http_client().unwrap();
        let sdk = sdk.into_builder().http_client(FaultInjector::new(network, Arc::new(rule))).build();
        let app = App::new(vars(&tables, shards), clock.clone(), sdk).with_signer(Signer::new(&[7; 32]));
        Self::of(&app, tables, queues, mailbox, shards).await
    }

    /// Whose table of signing keys is empty, until somebody publishes one.
    pub(crate) async fn keyless() -> Self {
        let (clock, tables) = (Clock::manual(START), Tables::new());
        let app = App::new(vars(&tables, SHARDS), clock.clone(), tables.sdk());
        Self::of(&app, tables, Queues::new(&clock), Mailbox::new(), SHARDS).await
    }

    async fn of(app: &App, tables: Tables, queues: Arc<Queues>, mailbox: Arc<Mailbox>, shards: &str) -> Self {
        let clock = app.clock();
        let inbox = |name: &str| {
            let url = format!("http://in.process/{name}");
            Some(Inbox::new(&queues.sdk(), url.clone(), Some(format!("{url}-dlq"))))
        };
        let rest = MailComposer::from_app(app).await.unwrap();
        let once = Idempotency::from_app(app).await.unwrap();
        let mail = (once, Mailer::new(&mailbox.sdk(), "shop@example.com", Duration::ZERO), rest);
        let counts = <(Idempotency, Sales, (CoPurchases, Summaries))>::from_app(app).await.unwrap();
        Self {
            email: Consumer::new(mail, clock.clone(), inbox("email")),
            analytics: BatchConsumer::new(counts, clock.clone(), inbox("analytics")),
            relayer: Relayer::from_app(&App::new(vars(&tables, shards), clock.clone(), queues.sdk())).unwrap(),
            clock: clock.clone(),
            queues,
            mailbox,
            tables,
            shards: shards.to_owned(),
        }
    }

    /// Opens the accounts that orders of [`placed`] are of.
    pub(crate) async fn open_accounts(&self, count: usize) {
        let users: Table<StoredUser> = self.tables.table(&self.tables.client(), "Users", Shards::ONE);
        let user = |n: usize| {
            StoredUser::Here(Box::new(User {
                id: person(n),
                name: "Ada".into(),
                email: format!("ada{n}@example.com").parse().unwrap(),
                password_hash: String::new(),
                // Whose address is not, gets no mail about orders.
                email_verified: true,
                photo: None,
                photo_offer: 0,
                created_at: self.clock.now(),
                version: Version::FIRST,
            }))
        };
        users.write_all(&Cx::detached(), (0..count).map(user).collect::<Vec<_>>(), |_| ()).await.unwrap();
    }

    /// Hands an event to the worker of a queue.
    pub(crate) async fn invoke(&self, queue: &str, event: &Value) -> Value {
        let event = serde_json::from_value(event.clone()).unwrap();
        let answer = match queue {
            "email" => self.email.batch("request", TIME, event).await,
            _ => self.analytics.batch("request", TIME, event).await,
        };
        serde_json::to_value(answer).unwrap()
    }

    /// Hands orders to the relay, as their table's stream does, for so long; the answer.
    pub(crate) async fn hand_over(&self, orders: &[Order], time: Duration) -> Value {
        let records: Vec<_> = orders.iter().enumerate().map(|(n, order)| record(order, n)).collect();
        let event = serde_json::from_value(json!({"Records": records})).unwrap();
        serde_json::to_value(self.relayer.batch("request", time, event).await).unwrap()
    }

    /// Relays orders, batch by batch.
    pub(crate) async fn relay(&self, orders: &[Order]) {
        for chunk in orders.chunks(10) {
            assert_eq!(self.hand_over(chunk, TIME).await["batchItemFailures"], json!([]));
        }
    }

    /// Works on a queue until nothing is visible.
    pub(crate) async fn drain(&self, queue: &str) {
        while let Some(event) = self.queues.receive(queue, |_| 0) {
            let answer = self.invoke(queue, &event).await;
            self.queues.settle(queue, &event, &answer);
        }
    }

    /// The variables of a function that runs as a process, with AWS at `endpoint`.
    pub(crate) fn variables(&self, endpoint: &str, dead_letters: &str) -> Vec<(String, String)> {
        let url = |name: &str| format!("{endpoint}/{name}");
        let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let tables = ["Users", "Orders", "Once", "Counters", "SigningKeys"];
        let mut all: Vec<_> = tables.map(|table| self.tables.variable(table)).into();
        all.extend([set("AWS_ENDPOINT_URL", endpoint), set("DLQ_URL", &url(dead_letters))]);
        all.extend([set("EMAIL_QUEUE_URL", &url("email")), set("ANALYTICS_QUEUE_URL", &url("analytics"))]);
        all.extend([set("RELAY_DLQ_URL", &url("relay-dlq")), set("COUNTER_SHARDS", &self.shards)]);
        all.extend([set("SITE_URL", "https://shop.example"), set("MAIL_FROM", "shop@example.com")]);
        all
    }

    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Where its DynamoDB answers.
    pub(crate) fn dynamo(&self) -> String {
        self.tables.sdk().endpoint_url().unwrap().to_owned()
    }

    /// The pipeline's settings and tables, for tools.
    pub(crate) fn app(&self, sdk: SdkConfig) -> App {
        App::new(vars(&self.tables, &self.shards), self.clock.clone(), sdk)
    }

    /// How many pieces of the `n`-th product were ordered in the hour that a time is in.
    pub(crate) async fn sold(&self, n: usize, at_ms: i64) -> i64 {
        let at = jiff::Timestamp::from_millisecond(at_ms).unwrap();
        let sales = Sales::from_app(&self.app(self.tables.sdk())).await.unwrap();
        sales.in_hour(&Cx::new(self.clock.clone(), "check", TIME), product(n), at).await.unwrap()
    }

    /// Writes orders into their table.
    pub(crate) async fn place(&self, orders: &[Order]) {
        let table: Table<Order> = self.tables.table(&self.tables.client(), "Orders", Shards::ONE);
        table.write_all(&Cx::detached(), orders.to_vec(), |_| ()).await.unwrap();
    }

    /// Settings of the SDK that lead to the tables and, for what goes to a queue, to the queues.
    pub(crate) fn everything(&self) -> SdkConfig {
        in_process::switch("SQS", &self.queues.sdk(), self.tables.sdk())
    }
}
