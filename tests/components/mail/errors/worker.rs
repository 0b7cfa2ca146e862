//! What the mail worker does with each kind of failure.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

#[tokio::test]
async fn a_rejected_address_is_buried_at_once_and_throttling_passes() {
    let tables = Tables::new();
    let clock = Clock::manual(START);
    let calls = AtomicUsize::new(0);
    let mailbox =
        Mailbox::with(move |_| (calls.fetch_add(1, Ordering::SeqCst) < 1).then_some((400, "MessageRejected")));
    let worker = MailWorker::new(&tables, &tables.client(), clock.clone(), Queues::new(&clock), mailbox);
    worker.queues.push("mails", json_of("rejected"));
    worker.drain().await;
    let buried = worker.queues.messages("mails-dlq");
    assert_eq!(buried[0].reason.as_deref(), Some("permanent: rejected: MessageRejected"));

    let calls = AtomicUsize::new(0);
    let busy =
        Mailbox::with(move |_| (calls.fetch_add(1, Ordering::SeqCst) < 1).then_some((429, "TooManyRequestsException")));
    let worker = MailWorker::new(&tables, &tables.client(), clock.clone(), Queues::new(&clock), busy);
    worker.queues.push("mails", json_of("throttled"));
    let event = worker.queues.receive("mails", |_| 0).unwrap();
    assert_eq!(failures(&worker.invoke(&event).await).len(), 1, "nobody tries again at once");
    clock.advance(Duration::from_secs(5));
    worker.drain().await;
    assert_eq!(worker.mailbox.count("throttled"), 1);
    assert!(worker.queues.messages("mails").is_empty() && worker.queues.messages("mails-dlq").is_empty());
}

/// An hour in which nobody may send is made good by itself once the sender is verified.
#[tokio::test]
async fn a_sender_that_is_not_verified_is_no_mails_fault() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let calls = AtomicUsize::new(0);
    let sandbox = Mailbox::with(move |_| (calls.fetch_add(1, Ordering::SeqCst) < 2).then_some((400, UNVERIFIED)));
    let worker = MailWorker::new(&tables, &tables.client(), clock.clone(), Queues::new(&clock), sandbox);
    worker.queues.push("mails", json_of("waiting"));
    for pause in [5, 30] {
        let event = worker.queues.receive("mails", |_| 0).unwrap();
        assert_eq!(failures(&worker.invoke(&event).await).len(), 1, "it is to come again");
        clock.advance(Duration::from_secs(pause));
    }
    worker.drain().await;
    assert_eq!(worker.mailbox.count("waiting"), 1);
    assert!(worker.queues.messages("mails").is_empty() && worker.queues.messages("mails-dlq").is_empty());
}

/// The alarm counts lines that carry this field.
#[tokio::test]
async fn a_mail_that_the_set_up_refuses_is_counted_and_one_of_its_own_fault_is_not() {
    for (answer, counted) in [(UNVERIFIED, 1), ("AccessDeniedException", 1), ("MessageRejected", 0)] {
        let mailbox = Mailbox::with(move |_| Some((400, answer)));
        let (cx, email) = (Cx::detached(), mail());
        let sent = Mailer::new(&mailbox.sdk(), "shop@example.com", Duration::ZERO).send(&cx, &email).await;
        assert!(sent.is_err());
        assert_eq!(cx.counted(fields::MAIL_REFUSED), counted, "{answer}");
    }
}

#[tokio::test]
async fn duplicates_in_any_order_side_by_side_and_in_one_batch_are_one_mail() {
    let worker = MailWorker::quiet(&Tables::new());
    for _ in 0..5 {
        for thing in ["a", "b"] {
            worker.queues.push("mails", json_of(thing));
        }
    }
    for _ in 0..10 {
        worker.drain().await;
        worker.clock.advance(Duration::from_mins(1));
    }
    assert_eq!((worker.mailbox.count("a"), worker.mailbox.count("b"), worker.mailbox.total()), (1, 1, 2));
    assert!(worker.queues.messages("mails").is_empty() && worker.queues.messages("mails-dlq").is_empty());
}

#[tokio::test]
async fn the_same_id_with_another_body_is_buried_and_not_mailed() {
    let worker = MailWorker::quiet(&Tables::new());
    worker.queues.push("mails", json_of("first"));
    worker.drain().await;
    worker.queues.push("mails", json_of("first").replace("{\"thing\":\"first\"}", "{\"thing\":\"other\"}"));
    worker.drain().await;
    assert_eq!(worker.mailbox.total(), 1);
    let reason = worker.queues.messages("mails-dlq")[0].reason.clone().unwrap();
    assert_eq!(reason, "permanent: the same id came with another payload before");
}

/// A release that tells an old event in another form, after a change of its type.
#[tokio::test]
async fn an_event_that_is_told_again_under_another_schema_is_done_already() {
    let worker = MailWorker::quiet(&Tables::new());
    let again = json_of("first")
        .replace("{\"thing\":\"first\"}", "{\"thing\":\"other\"}")
        .replace("\"schema\":1", "\"schema\":0");
    worker.queues.push("mails", json_of("first"));
    worker.drain().await;
    worker.queues.push("mails", again);
    worker.drain().await;
    assert_eq!(worker.mailbox.total(), 1);
    assert!(worker.queues.messages("mails").is_empty() && worker.queues.messages("mails-dlq").is_empty());
}
