//! What a person at a terminal does: look at dead letters, drive them back, tell events again.

use crate::{
    helpers::{Dice, START, json_of},
    pipeline::{
        Pipeline,
        orders::{placed, random_orders},
    },
};
use jobs::{
    queues,
    redrive::{Redriven, redrive},
    replay::{ReplayError, replay},
};
use shared::{clock::Clock, queue::DeadLetters};
use std::time::{Duration, Instant};
use tests::{
    fault_injector::Rule,
    sqs::{Fault, Queues},
};

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
        let groups: Vec<_> =
            queues::by_reason(&letters).into_iter().map(|(reason, count, _)| (reason, count)).collect();
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
    assert_eq!(moved.await.unwrap(), Redriven { moved: 25, forgotten: 0 });
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
    assert_eq!(done, Redriven { moved: 25, forgotten: 25 });
    assert!(queues.messages("email").iter().all(|m| m.body.starts_with("poison")));
    assert_eq!(queues.messages("email-dlq").len(), 25);
}

/// The letters that stay are hidden for a minute. A long redrive meets them again, before the others.
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
    assert_eq!(done.await.unwrap(), Redriven { moved: 200, forgotten: 20 });
    assert_eq!((queues.messages("email").len(), queues.messages("email-dlq").len()), (200, 20));
}

#[tokio::test]
async fn a_replay_tells_what_is_recent_with_the_ids_of_then_and_nothing_is_done_twice() {
    let pipeline = Pipeline::quiet().await;
    pipeline.open_accounts(6).await;
    // An order's id begins with its time: these are the first.
    let old: Vec<_> = (0..6).map(|by| placed(by, START - 3_600_000, &[(2, 1)])).collect();
    let mut orders = random_orders(&mut Dice(3), 40, 5);
    // One has ordered more than a page, and everybody something long ago.
    orders.extend((0..120).map(|_| placed(5, START + 60_000, &[(1, 1)])));
    pipeline.place(&old).await;
    pipeline.place(&orders).await;
    // The half of it reached the queues when it happened.
    pipeline.relay(&orders[..80]).await;
    pipeline.drain("email").await;
    pipeline.drain("analytics").await;
    let mailed = pipeline.mailbox.total();
    assert_eq!(mailed, 80);

    let since = jiff::Timestamp::from_millisecond(START).unwrap();
    pipeline.clock.advance(Duration::from_hours(3));
    let told = replay(&pipeline.app(pipeline.everything()), since, |_| ()).await.unwrap();
    // Each order on two queues, and the welcome of each account, which are as old as the clock.
    assert_eq!((told.accounts, told.messages), (6, 2 * orders.len() + 6));
    pipeline.drain("email").await;
    pipeline.drain("analytics").await;
    for order in &orders {
        assert_eq!(pipeline.mailbox.count(&format!("Your order {}", order.id)), 1);
    }
    for order in &old {
        assert_eq!(pipeline.mailbox.count(&format!("Your order {}", order.id)), 0, "it is older than was asked for");
    }
    pipeline.check_counts(&orders).await;
    pipeline.clock.advance(Duration::from_hours(24 * 20));
    let refused = replay(&pipeline.app(pipeline.everything()), since, |_| ()).await;
    assert!(matches!(refused, Err(ReplayError::Forgotten(_))), "consumers have forgotten");
}

#[tokio::test]
async fn a_replay_goes_on_past_an_event_that_no_queue_takes_and_lists_it() {
    let (clock, mut sends) = (Clock::manual(START), 0);
    let queues = Queues::with(&clock, move |operation| {
        sends += u32::from(operation == "SendMessageBatch");
        if operation == "SendMessageBatch" && sends == 1 { Fault::First } else { Fault::None }
    });
    let pipeline = Pipeline::with(&clock, queues, |_| Rule::Pass).await;
    pipeline.open_accounts(3).await;
    let orders: Vec<_> = (0..3).map(|by| placed(by, START, &[(1, 1)])).collect();
    pipeline.place(&orders).await;
    let since = jiff::Timestamp::from_millisecond(START).unwrap();
    let told = replay(&pipeline.app(pipeline.everything()), since, |_| ()).await.unwrap();
    // Each order on two queues and the welcome of each account, all but one of them.
    assert_eq!((told.accounts, told.messages), (3, 3 * 2 + 3 - 1));
    assert_eq!(told.refused.len(), 1, "{:?}", told.refused);
    assert!(told.refused[0].0.contains("InvalidMessageContents"), "{:?}", told.refused);
    let sent = ["email", "analytics"].map(|queue| pipeline.queues.messages(queue).len());
    assert_eq!(sent.iter().sum::<usize>(), 3 * 2 + 3 - 1);
}
