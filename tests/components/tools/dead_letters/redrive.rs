//! Dead letters are looked at and driven back.

use super::*;

#[tokio::test]
async fn a_look_at_dead_letters_says_why_and_leaves_them_for_others() {
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    for n in 0..23 {
        queues.bury(
            "email-dlq",
            format!("letter {n}"),
            if n % 3 == 0 { "poison: envelope" } else { "attempt 5 failed" },
        );
    }
    queues.push("email-dlq", "killed each time");
    queues.push("email-dlq", r#"{"relay": "relay-orders", "reason": "new image: version", "record": {}}"#);
    let dead = DeadLetters::new(&queues.sdk(), "http://in.process/email-dlq");
    for _ in 0..2 {
        let letters = dead.list(500).await.unwrap();
        let groups: Vec<_> = dlq::by_reason(&letters).into_iter().map(|(reason, count, _)| (reason, count)).collect();
        assert_eq!(groups[..2], [("attempt 5 failed".to_owned(), 15), ("poison: envelope".to_owned(), 8)]);
        assert!(groups.contains(&("new image: version".to_owned(), 1)), "{groups:?}");
        assert!(groups.iter().any(|(reason, _)| reason.starts_with("no reason given")), "{groups:?}");
        assert_eq!(dead.count().await.unwrap(), 25, "all of them can be seen by others");
    }
}

#[tokio::test]
async fn a_redrive_moves_what_is_there_keeps_to_its_rate_and_is_not_fooled_by_what_comes_back() {
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    for n in 0..25 {
        queues.bury("email-dlq", format!("letter {n}"), "attempt 5 failed");
    }
    let dead = DeadLetters::new(&queues.sdk(), "http://in.process/email-dlq");
    let (start, mut heard) = (Instant::now(), Vec::new());
    let back = queues.clone();
    let watch = clock.clone();
    let moved = redrive(&dead, &clock, "http://in.process/email", 100, |moved| {
        heard.push(moved);
        // The worker gives up on it again at once.
        watch.advance(Duration::from_secs(1));
        back.bury("email-dlq", "again", "poison");
    });
    assert_eq!(moved.await.unwrap(), Redriven { moved: 25, too_old: 0 });
    assert_eq!(heard[..3], [10, 20, 25]);
    assert!(start.elapsed() >= Duration::from_millis(250), "25 at 100 a second took {:?}", start.elapsed());
    let mut bodies: Vec<_> = queues.messages("email").into_iter().map(|m| m.body).collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 25, "each of them");
    assert!(queues.messages("email-dlq").iter().all(|m| m.body == "again"));
}

#[tokio::test]
async fn a_letter_that_is_older_than_what_consumers_remember_stays_and_holds_up_no_other() {
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    let dead = DeadLetters::new(&queues.sdk(), "http://in.process/email-dlq");
    for n in 0..25 {
        queues.bury("email-dlq", json_of(&n.to_string()), "attempt 5 failed");
        queues.bury("email-dlq", format!("poison {n}"), "poison: envelope");
    }
    clock.advance(Duration::from_hours(24 * 35 + 1));
    let done = redrive(&dead, &clock, "http://in.process/email", 1_000, |_| ()).await.unwrap();
    assert_eq!(done, Redriven { moved: 25, too_old: 25 });
    assert!(queues.messages("email").iter().all(|m| m.body.starts_with("poison")));
    assert_eq!(queues.messages("email-dlq").len(), 25);
}

/// The letters that stay are hidden for a minute. A long redrive meets them again, before the
/// others.
#[tokio::test]
async fn letters_that_stay_do_not_end_a_redrive_that_takes_minutes() {
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    for n in 0..20 {
        queues.bury("email-dlq", json_of(&n.to_string()), "attempt 5 failed");
    }
    clock.advance(Duration::from_hours(24 * 35 + 1));
    for n in 0..200 {
        queues.bury("email-dlq", format!("letter {n}"), "poison: envelope");
    }
    let dead = DeadLetters::new(&queues.sdk(), "http://in.process/email-dlq");
    let watch = clock.clone();
    let done = redrive(&dead, &clock, "http://in.process/email", 10_000, |_| watch.advance(Duration::from_secs(25)));
    assert_eq!(done.await.unwrap(), Redriven { moved: 200, too_old: 20 });
    assert_eq!((queues.messages("email").len(), queues.messages("email-dlq").len()), (200, 20));
}
