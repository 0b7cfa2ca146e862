//! A batch worker counts each message exactly once.

mod failures;
mod repetitions;

use crate::helpers::{Happened, START, TIME, json_of};
use serde_json::Value;
use shared::telemetry::fields;
use shared::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    idempotency::Idempotency,
    lambda::{BatchConsumer, BatchWorker},
    queue::{Delivery, Failed, Inbox},
    table::{Adds, Client, Consistency, Counters, Shards, Write},
};
use std::{sync::Arc, time::Duration};
use tests::line::ReadLine as _;
use tests::{dynamo::Tables, fault_injector::Rule, sqs::Queues};

/// Counts the things, each once.
pub(crate) struct Counts;

pub(crate) struct CountState {
    once: Idempotency,
    counters: Counters,
}

impl FromApp for CountState {
    async fn from_app(_: &App) -> Result<Self, ConfigError> {
        Err(ConfigError::new(&shared::env::Var::required("NONE"), "tests make their state themselves"))
    }
}

impl BatchWorker for Counts {
    const NAME: &'static str = "counts";
    const QUEUE: &'static shared::env::Var = &shared::env::Var::required("COUNTS_QUEUE_URL");
    const LIMIT: Duration = Duration::from_secs(5);
    type State = CountState;
    type Message = Happened;

    async fn handle(state: &CountState, cx: &Cx, batch: &[(Delivery, Happened)]) -> Vec<Result<(), Failed>> {
        if batch.len() == 1 || batch.iter().any(|(_, m)| m.thing == "panic") {
            assert!(batch.iter().all(|(_, m)| m.thing != "panic"), "the test said so");
        }
        let deliveries: Vec<_> = batch.iter().map(|(delivery, _)| delivery).collect();
        state.once.transact_all(cx, &deliveries, |fresh| adds(&state.counters, fresh.len())).await
    }
}

/// One more view for each of `n`, as writes.
pub(crate) fn adds(counters: &Counters, n: usize) -> Vec<Write> {
    let mut adds = Adds::default();
    (0..n).for_each(|_| adds.add("views", "today", "thing", 1));
    counters.adding(&adds)
}

pub(crate) fn consumer(tables: &Tables, client: &Client, clock: &Clock, queues: &Arc<Queues>) -> BatchConsumer<Counts> {
    let inbox = Inbox::new(&queues.sdk(), "http://in.process/counts", Some("http://in.process/counts-dlq".into()));
    let state = CountState { once: Idempotency::new(client, tables.name("Once")), counters: counters(tables, client) };
    BatchConsumer::new(state, clock.clone(), Some(inbox))
}

fn counters(tables: &Tables, client: &Client) -> Counters {
    Counters::new(client, tables.name("Counters"), "4".parse::<Shards>().unwrap())
}

pub(crate) async fn sum(tables: &Tables) -> i64 {
    let counters = counters(tables, &tables.client());
    counters.sum(&Cx::detached(), "views", "today", "thing", Consistency::Strong).await.unwrap()
}

pub(crate) async fn invoke(consumer: &BatchConsumer<Counts>, event: &Value) -> Value {
    let event = serde_json::from_value(event.clone()).unwrap();
    serde_json::to_value(consumer.batch("request", TIME, event).await).unwrap()
}
