//! One message of a batch fails alone.

mod failures;
mod time;

use crate::helpers::{Happened, TIME, failures, json_of};
use serde_json::Value;
use shared::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    env::Var,
    lambda::{Consumer, Worker},
    queue::{Delivery, Failed, Inbox},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tests::sqs::Queues;

/// Does what the name of the thing says.
struct Obeys;

#[derive(Default)]
struct Counts {
    done: AtomicUsize,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

impl FromApp for Counts {
    async fn from_app(_: &App) -> Result<Self, ConfigError> {
        Ok(Self::default())
    }
}

impl Worker for Obeys {
    const NAME: &'static str = "obeys";
    const QUEUE: &'static Var = &Var::required("OBEYS_QUEUE_URL");
    const PARALLEL: usize = 4;
    const LIMIT: Duration = Duration::from_millis(200);
    type State = Counts;
    type Message = Happened;

    async fn handle(counts: &Counts, cx: &Cx, delivery: &Delivery, message: Happened) -> Result<(), Failed> {
        let now = counts.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        counts.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(5)).await;
        counts.under_way.fetch_sub(1, Ordering::SeqCst);
        match message.thing.as_str() {
            "panic" => panic!("the test said so"),
            "sleep" => tokio::time::sleep(Duration::from_mins(1)).await,
            "slow" => tokio::time::sleep(Duration::from_millis(150)).await,
            "never" => return Err(Failed::permanent("it never will")),
            "waits" if delivery.attempt <= 4 => return Err(Failed::Busy(cx.clock.now() + Duration::from_secs(15))),
            "later" | "waits" => return Err(Failed::retry("it may")),
            "busy" => return Err(Failed::Busy(delivery.occurred_at + Duration::from_mins(7))),
            _ => {}
        }
        counts.done.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

fn consumer(clock: &Clock, queues: &Arc<Queues>) -> Consumer<Obeys> {
    let inbox = Inbox::new(&queues.sdk(), "http://in.process/obeys", Some("http://in.process/obeys-dlq".into()));
    Consumer::new(Counts::default(), clock.clone(), Some(inbox))
}

async fn invoke(consumer: &Consumer<Obeys>, event: &Value, left: Duration) -> Value {
    let event = serde_json::from_value(event.clone()).unwrap();
    serde_json::to_value(consumer.batch("request", left, event).await).unwrap()
}

#[tokio::test]
async fn of_ten_with_one_poison_one_panic_and_one_sleeper_seven_are_done_and_three_reported() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::new(&clock);
    let without_a_grave: Consumer<Obeys> = Consumer::new(Counts::default(), clock.clone(), None);
    for body in (0..7).map(|n| json_of(&n.to_string())).chain(["{".into(), json_of("panic"), json_of("sleep")]) {
        queues.push("obeys", body);
    }
    let event = queues.receive("obeys", |_| 0).unwrap();
    let answer = invoke(&without_a_grave, &event, TIME).await;
    assert_eq!(failures(&answer).len(), 3);
    queues.settle("obeys", &event, &answer);
    let left: Vec<_> = queues.messages("obeys").into_iter().map(|m| m.body).collect();
    assert_eq!(left, ["{".to_owned(), json_of("panic"), json_of("sleep")]);
}
