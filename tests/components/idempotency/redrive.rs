//! Messages come back after days.

use crate::helpers::{MailWorker, START, happened, json_of};
use aws_sdk_dynamodb::types::AttributeValue;
use shared::{clock::Clock, context::Cx, idempotency::Idempotency, queue::Delivery};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tests::{dynamo::Tables, ses::Mailbox, sqs::Queues};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_redrive_after_ten_days_mails_nobody_twice() {
    static DOWN: AtomicBool = AtomicBool::new(false);
    let tables = Tables::new();
    let clock = Clock::manual(START);
    let mailbox = Mailbox::with(|_| DOWN.load(Ordering::SeqCst).then_some((503, "ServiceUnavailable")));
    let worker = MailWorker::new(&tables, &tables.client(), clock.clone(), Queues::new(&clock), mailbox);
    // Ten were mailed and are on the queue again, by a producer's mistake, while SES is down with
    // ten new ones.
    for n in 0..10 {
        worker.queues.push("mails", json_of(&n.to_string()));
    }
    worker.drain().await;
    DOWN.store(true, Ordering::SeqCst);
    for n in 0..20 {
        worker.queues.push("mails-dlq", json_of(&n.to_string()));
    }
    worker.clock.advance(10 * DAY);
    DOWN.store(false, Ordering::SeqCst);
    worker.queues.redrive("mails");
    worker.drain().await;
    for n in 0..20 {
        assert_eq!(worker.mailbox.count(&n.to_string()), 1, "thing {n}");
    }
    assert!(worker.queues.messages("mails").is_empty());
}

#[tokio::test]
async fn after_an_outage_longer_than_all_attempts_a_redrive_brings_every_mail() {
    let tables = Tables::new();
    let clock = Clock::manual(START);
    let until = clock.now_ms() + 2 * 3_600_000;
    let watch = clock.clone();
    let mailbox = Mailbox::with(move |_| (watch.now_ms() < until).then_some((503, "ServiceUnavailable")));
    let worker = MailWorker::new(&tables, &tables.client(), clock.clone(), Queues::new(&clock), mailbox);
    for n in 0..10 {
        worker.queues.push("mails", json_of(&n.to_string()));
    }
    while !worker.queues.messages("mails").is_empty() {
        worker.drain().await;
        clock.advance(Duration::from_mins(1));
    }
    assert!(clock.now_ms() > START + 8 * 60_000, "a pause of minutes is bridged by the attempts themselves");
    let buried = worker.queues.messages("mails-dlq");
    assert_eq!(buried.len(), 10);
    assert!(buried.iter().all(|m| m.reason.as_deref().unwrap().starts_with("attempt 5 failed: unavailable")));
    clock.advance(Duration::from_hours(3));
    worker.queues.redrive("mails");
    worker.drain().await;
    assert_eq!(worker.mailbox.total(), 10);
}

#[tokio::test]
async fn a_result_is_kept_for_40_days_by_the_clock_and_no_longer() {
    let tables = Tables::new();
    let once = Idempotency::new(&tables.client(), tables.name("Once"));
    let clock = Clock::manual(START);
    let delivery = Delivery::first("mails", happened("x").id, b"x");
    let run = async |answer: u32| {
        let cx = Cx::new(clock.clone(), "request", Duration::from_secs(10));
        once.run(&cx, &delivery, async || Ok::<_, shared::queue::Failed>(answer)).await.unwrap()
    };
    assert_eq!(run(1).await, 1);
    clock.advance(Duration::from_secs(40 * 86_400 - 1));
    assert_eq!(run(2).await, 1, "the stored result");
    clock.advance(Duration::from_secs(1));
    assert_eq!(run(3).await, 3, "not swept, and over all the same");
}

#[tokio::test]
async fn a_record_in_progress_without_a_deadline_is_never_reclaimed() {
    let tables = Tables::new();
    let worker = MailWorker::quiet(&tables);
    let key = Delivery::first("mails", happened("stuck").id, b"").record_key();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: i64| AttributeValue::N(number.to_string());
    let put = aws_sdk_dynamodb::Client::new(&tables.sdk()).put_item().table_name(tables.name("Once"));
    let put = put.item("pk", text(&key)).item("version", number(1)).item("state", text("locked"));
    let put = put.item("attempt", text("somebody's")).item("payload_hash", text("?")).item("expires_at", number(1));
    put.send().await.unwrap();
    worker.queues.push("mails", json_of("stuck"));
    worker.clock.advance(100 * DAY);
    worker.drain().await;
    assert_eq!(worker.mailbox.total(), 0);
    let reason = worker.queues.messages("mails-dlq")[0].reason.clone().unwrap();
    assert_eq!(reason, "permanent: the record is locked and has no deadline");
}
