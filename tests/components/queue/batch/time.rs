//! A batch and its deadline, and a queue that does not answer.

use super::*;

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
