//! What becomes of a message that fails, is busy, or is not understood.

use super::*;

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
async fn a_newer_schema_waits_for_the_release_that_can_read_it() {
    let clock = Clock::manual(crate::helpers::START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&clock, &queues);
    queues.push("obeys", json_of("fine").replace("\"schema\":1", "\"schema\":2"));
    let event = queues.receive("obeys", |_| 0).unwrap();
    assert_eq!(failures(&invoke(&consumer, &event, TIME).await).len(), 1);
    assert!(queues.messages("obeys-dlq").is_empty());
}
