//! Sums: exactly once, a batch at a time.

use crate::helpers::{Happened, START, TIME, json_of};
use serde_json::Value;
use shared::telemetry::fields;
use shared::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    env::Var,
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
        Err(ConfigError::new(&Var::required("NONE"), "tests make their state themselves"))
    }
}

impl BatchWorker for Counts {
    const NAME: &'static str = "counts";
    const QUEUE: &'static Var = &Var::required("COUNTS_QUEUE_URL");
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

#[tokio::test]
async fn repetitions_in_one_batch_and_across_batches_count_once() {
    let tables = Tables::new();
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&tables, &tables.client(), &clock, &queues);
    for thing in ["a", "b", "a", "c", "a", "b", "d", "e", "a", "f", "a", "b", "g"] {
        queues.push("counts", json_of(thing));
    }
    while let Some(event) = queues.receive("counts", |_| 0) {
        let answer = invoke(&consumer, &event).await;
        queues.settle("counts", &event, &answer);
    }
    assert_eq!(sum(&tables).await, 7);
    assert!(queues.messages("counts").is_empty() && queues.messages("counts-dlq").is_empty());
}

#[tokio::test]
async fn one_that_panics_and_one_that_is_poison_take_nobody_along() {
    let tables = Tables::new();
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&tables, &tables.client(), &clock, &queues);
    for body in (0..8).map(|n| json_of(&n.to_string())).chain(["poison".into(), json_of("panic")]) {
        queues.push("counts", body);
    }
    let event = queues.receive("counts", |_| 0).unwrap();
    let answer = invoke(&consumer, &event).await;
    queues.settle("counts", &event, &answer);
    assert_eq!(sum(&tables).await, 8);
    assert_eq!(queues.messages("counts").iter().map(|m| m.body.clone()).collect::<Vec<_>>(), [json_of("panic")]);
    assert!(queues.messages("counts-dlq")[0].reason.as_deref().unwrap().starts_with("poison: "));
}

/// What DynamoDB refuses is one message's writes: it says so of the transaction, and not of which.
#[tokio::test]
async fn one_whose_writes_are_refused_takes_nobody_along() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client_through(|call| match call.operation.as_str() {
        "TransactWriteItems" if call.body.to_string().contains("thing#odd@") => {
            Rule::refuse(400, "ValidationException")
        }
        _ => Rule::Pass,
    });
    let state =
        CountState { once: Idempotency::new(&client, tables.name("Once")), counters: counters(&tables, &client) };
    let things = ["a", "b", "odd", "c", "d", "e"];
    let all: Vec<_> =
        things.iter().map(|t| Delivery::first("counts", crate::helpers::happened(t).id, t.as_bytes())).collect();
    let deliveries: Vec<_> = all.iter().collect();
    let cx = Cx::new(clock, "test", TIME);
    let fates = state.once.transact_all(&cx, &deliveries, |fresh| adds(&state.counters, fresh.len())).await;
    for (thing, fate) in things.iter().zip(&fates) {
        assert_eq!(fate.is_ok(), *thing != "odd", "{thing}: {fate:?}");
    }
    assert!(matches!(fates[2], Err(Failed::Retry(_))), "a release may mend it: {:?}", fates[2]);
    assert_eq!(sum(&tables).await, 5);
}

#[tokio::test]
async fn consumers_side_by_side_with_the_same_messages_count_each_once() {
    let tables = Tables::new();
    let client = tables.client();
    let (once, counters) = (Idempotency::new(&client, tables.name("Once")), counters(&tables, &client));
    let deliveries: Vec<_> = (0..30).map(|n| Delivery::first("counts", format!("{n}"), b"x")).collect();
    let runs = (0..8).map(async |start| {
        let part: Vec<_> = deliveries.iter().cycle().skip(start * 3).take(12).collect();
        let cx = Cx::new(Clock::manual(START), "request", TIME);
        once.transact_all(&cx, &part, |fresh| adds(&counters, fresh.len())).await
    });
    let fates: Vec<_> = futures_util::future::join_all(runs).await.concat();
    // What was busy comes again.
    let cx = Cx::new(Clock::manual(START), "request", TIME);
    let all: Vec<_> = deliveries.iter().collect();
    let last = once.transact_all(&cx, &all, |fresh| adds(&counters, fresh.len())).await;
    assert!(last.iter().all(Result::is_ok), "{last:?}");
    assert!(fates.iter().filter(|f| f.is_ok()).count() > 12);
    assert_eq!(sum(&tables).await, 30);
}

#[tokio::test]
async fn a_batch_that_does_not_fit_a_transaction_is_halved() {
    let tables = Tables::new();
    let client = tables.client();
    let (once, counters) = (Idempotency::new(&client, tables.name("Once")), counters(&tables, &client));
    let deliveries: Vec<_> = (0..100).map(|n| Delivery::first("counts", format!("{n}"), b"x")).collect();
    let all: Vec<_> = deliveries.iter().collect();
    let cx = Cx::new(Clock::manual(START), "request", TIME);
    let fates = once.transact_all(&cx, &all, |fresh| adds(&counters, fresh.len())).await;
    assert!(fates.iter().all(Result::is_ok));
    assert_eq!((sum(&tables).await, cx.counted(fields::ONCE_RAN)), (100, 100));
}
