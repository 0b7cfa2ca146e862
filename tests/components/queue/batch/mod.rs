//! One message fails alone.

use crate::helpers::{Happened, TIME, failures, json_of};
use serde_json::Value;
use shared::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
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
    const QUEUE: &'static str = "OBEYS_QUEUE_URL";
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

#[tokio::test]
async fn poison_is_buried_at_once_and_a_panic_after_its_last_attempt_each_with_its_reason() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&clock, &queues);
    for body in ["{\"id\":1}".to_owned(), json_of("never"), json_of("panic"), json_of("later"), json_of("fine")] {
        queues.push("obeys", body);
    }
    for attempt in 1..=5 {
        let event = queues.receive("obeys", |_| 0).unwrap();
        let answer = invoke(&consumer, &event, TIME).await;
        queues.settle("obeys", &event, &answer);
        assert_eq!(queues.messages("obeys-dlq").len(), if attempt < 5 { 2 } else { 4 }, "attempt {attempt}");
        clock.advance(Duration::from_hours(1));
    }
    assert!(queues.messages("obeys").is_empty(), "nothing is in flight");
    let mut reasons: Vec<_> = queues.messages("obeys-dlq").into_iter().map(|m| m.reason.unwrap()).collect();
    reasons.sort();
    assert_eq!(reasons[0], "attempt 5 failed: it may");
    assert_eq!(reasons[1], "attempt 5 panicked: the test said so");
    assert_eq!(reasons[2], "permanent: it never will");
    assert!(reasons[3].starts_with("poison: envelope: id: invalid type"), "{}", reasons[3]);
}

#[tokio::test]
async fn a_busy_message_waits_until_its_record_is_free_and_a_failed_one_for_its_pause() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&clock, &queues);
    queues.push("obeys", json_of("busy"));
    let event = queues.receive("obeys", |_| 0).unwrap();
    assert_eq!(failures(&invoke(&consumer, &event, TIME).await).len(), 1);
    clock.advance(Duration::from_millis(419_999));
    assert_eq!(queues.receive("obeys", |_| 0), None, "longer than the queue's own three minutes");
    clock.advance(Duration::from_millis(1));
    assert!(queues.receive("obeys", |_| 0).is_some());

    queues.push("obeys", json_of("later"));
    let event = queues.receive("obeys", |_| 0).unwrap();
    invoke(&consumer, &event, TIME).await;
    assert_eq!(queues.receive("obeys", |_| 0), None, "not at once");
    clock.advance(Duration::from_secs(5));
    assert!(queues.receive("obeys", |_| 0).is_some(), "sooner than the queue's own three minutes");
}

#[tokio::test]
async fn to_wait_uses_up_none_of_the_ten_minutes_that_failures_have() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&clock, &queues);
    queues.push("obeys", json_of("waits"));
    let (mut deliveries, mut buried_after) = (0, None);
    for second in 0..7_200 {
        if let Some(event) = queues.receive("obeys", |_| 0) {
            deliveries += 1;
            queues.settle("obeys", &event, &invoke(&consumer, &event, TIME).await);
            buried_after = buried_after.or(queues.messages("obeys").is_empty().then_some(second));
        }
        clock.advance(Duration::from_secs(1));
    }
    // Five deliveries, the first four of them waits, are over in a minute.
    assert!(buried_after.unwrap() >= 647, "given up on after {buried_after:?} seconds");
    assert!((4 + 3..4 + 6).contains(&deliveries), "{deliveries} deliveries");
    let reason = queues.messages("obeys-dlq").pop().unwrap().reason.unwrap();
    assert!(reason.ends_with("failed: it may"), "{reason}");
}

#[tokio::test]
async fn what_cannot_be_done_before_the_deadline_is_not_started_and_goes_back_unharmed() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&clock, &queues);
    for _ in 0..10 {
        queues.push("obeys", json_of("slow"));
    }
    let event = queues.receive("obeys", |_| 0).unwrap();
    let started = Instant::now();
    let answer = invoke(&consumer, &event, Duration::from_millis(500)).await;
    assert!(started.elapsed() < Duration::from_millis(500), "took {:?}", started.elapsed());
    let back = failures(&answer).len();
    assert!((2..=6).contains(&back), "four at once, {back} were handed back");
    queues.settle("obeys", &event, &answer);
    assert_eq!(queues.receive("obeys", |_| 0), None, "a slow worker's deliveries would be used up in a minute");
    clock.advance(Duration::from_secs(5));
    assert_eq!(queues.receive("obeys", |_| 0).unwrap()["Records"].as_array().unwrap().len(), back, "soon");
}

#[tokio::test]
async fn no_more_are_under_way_at_once_than_the_worker_says() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&clock, &queues);
    for n in 0..10 {
        queues.push("obeys", json_of(&n.to_string()));
    }
    let event = queues.receive("obeys", |_| 0).unwrap();
    assert_eq!(failures(&invoke(&consumer, &event, TIME).await), Vec::<String>::new());
    assert_eq!(consumer.state().most.load(Ordering::SeqCst), 4);
    assert_eq!(consumer.state().done.load(Ordering::SeqCst), 10);
}

#[tokio::test]
async fn a_newer_schema_waits_for_the_release_that_can_read_it() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&clock, &queues);
    queues.push("obeys", json_of("fine").replace("\"schema\":1", "\"schema\":2"));
    let event = queues.receive("obeys", |_| 0).unwrap();
    assert_eq!(failures(&invoke(&consumer, &event, TIME).await).len(), 1);
    assert!(queues.messages("obeys-dlq").is_empty());
}

#[tokio::test]
async fn with_the_queue_out_of_reach_a_batch_is_answered_all_the_same() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::with(&clock, |_| tests::sqs::Fault::Before);
    let consumer = consumer(&clock, &queues);
    for body in [json_of("never"), json_of("later"), json_of("fine")] {
        queues.push("obeys", body);
    }
    let event = queues.receive("obeys", |_| 0).unwrap();
    let answer = invoke(&consumer, &event, Duration::from_secs(3)).await;
    assert_eq!(failures(&answer).len(), 2, "what could not be buried stays on its queue");
}

/// What an invocation with `left` answers to poison and failures while the queue takes every
/// request and answers none.
async fn with_a_silent_queue(left: Duration) {
    let sdk = tests::in_process::silent();
    let inbox = Inbox::new(&sdk, "http://in.process/obeys", Some("http://in.process/obeys-dlq".into()));
    let consumer = Consumer::<Obeys>::new(Counts::default(), Clock::system(), Some(inbox));
    let message = |thing: &str, n: usize| {
        serde_json::json!({"messageId": format!("{thing}{n}"), "receiptHandle": "r", "body": json_of(thing),
            "attributes": {"ApproximateReceiveCount": "1"}})
    };
    // More than one request's worth of each courtesy.
    let waits = (0..25).map(|n| message("later", n)).chain((0..25).map(|n| message("never", n)));
    let records: Vec<_> = [message("done", 0)].into_iter().chain(waits).collect();
    let event = serde_json::json!({ "Records": records });
    let start = tokio::time::Instant::now();
    let answer = consumer.batch("request", left, serde_json::from_value(event).unwrap()).await;
    let (took, failed) = (start.elapsed(), failures(&serde_json::to_value(answer).unwrap()));
    assert!(took < left && took <= Duration::from_secs(4), "{took:?} of {left:?}");
    assert!(failed.len() == 50 && !failed.contains(&"done0".to_owned()), "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_hangs_takes_little_of_an_invocation_that_has_long() {
    with_a_silent_queue(TIME).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_out_before_the_deadline_while_the_queue_hangs() {
    with_a_silent_queue(Duration::from_secs(2)).await;
}
