//! E-mails: which errors are the address's, and which the moment's.

use super::{Post, START, failures, json_of};
use shared::{
    clock::Clock,
    context::Cx,
    mail::{Email, MailError, Mailer},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tests::{dynamo::Tables, post::Mailbox, queues::Queues};

async fn send(answer: Option<(u16, &'static str)>) -> Result<(), MailError> {
    let mailbox = Mailbox::with(move |_| answer);
    let email = Email { to: "a@b.example".into(), subject: "s".into(), text: "t".into(), html: "h".into() };
    Mailer::new(&mailbox.sdk(), "shop@example.com").send(&Cx::detached(), &email).await
}

#[tokio::test]
async fn each_answer_of_ses_has_its_class() {
    assert_eq!(send(None).await, Ok(()));
    assert!(matches!(send(Some((400, "MessageRejected"))).await, Err(MailError::Rejected(_))));
    assert!(matches!(send(Some((400, "BadRequestException"))).await, Err(MailError::Rejected(_))));
    assert_eq!(send(Some((429, "TooManyRequestsException"))).await, Err(MailError::Throttled));
    assert!(matches!(send(Some((400, "SendingPausedException"))).await, Err(MailError::Refused(_))));
    assert!(matches!(send(Some((503, "ServiceUnavailable"))).await, Err(MailError::Unavailable(_))));
    assert!(matches!(send(Some((403, "AccessDeniedException"))).await, Err(MailError::Unavailable(_))));
}

#[tokio::test]
async fn a_rejected_address_is_buried_at_once_and_throttling_passes() {
    let tables = Tables::new();
    let clock = Clock::manual(START);
    let calls = AtomicUsize::new(0);
    let mailbox =
        Mailbox::with(move |_| (calls.fetch_add(1, Ordering::SeqCst) < 1).then_some((400, "MessageRejected")));
    let post = Post::new(&tables, &tables.client(), clock.clone(), Queues::new(&clock), mailbox);
    post.queues.push("mails", json_of("rejected"));
    post.drain().await;
    let buried = post.queues.messages("mails-dlq");
    assert_eq!(buried[0].reason.as_deref(), Some("permanent: rejected: MessageRejected"));

    let calls = AtomicUsize::new(0);
    let busy =
        Mailbox::with(move |_| (calls.fetch_add(1, Ordering::SeqCst) < 3).then_some((429, "TooManyRequestsException")));
    let post = Post::new(&tables, &tables.client(), clock.clone(), Queues::new(&clock), busy);
    post.queues.push("mails", json_of("throttled"));
    let event = post.queues.receive("mails", |_| 0).unwrap();
    assert_eq!(failures(&post.invoke(&event).await).len(), 1, "the SDK's three tries were throttled");
    clock.advance(Duration::from_secs(5));
    post.drain().await;
    assert_eq!(post.mailbox.count("throttled"), 1);
    assert!(post.queues.messages("mails").is_empty() && post.queues.messages("mails-dlq").is_empty());
}

#[tokio::test]
async fn duplicates_in_any_order_side_by_side_and_in_one_batch_are_one_mail() {
    let post = Post::quiet(&Tables::new());
    for _ in 0..5 {
        for thing in ["a", "b"] {
            post.queues.push("mails", json_of(thing));
        }
    }
    for _ in 0..10 {
        post.drain().await;
        post.clock.advance(Duration::from_mins(1));
    }
    assert_eq!((post.mailbox.count("a"), post.mailbox.count("b"), post.mailbox.total()), (1, 1, 2));
    assert!(post.queues.messages("mails").is_empty() && post.queues.messages("mails-dlq").is_empty());
}

#[tokio::test]
async fn the_same_id_with_another_body_is_buried_and_not_mailed() {
    let post = Post::quiet(&Tables::new());
    post.queues.push("mails", json_of("first"));
    post.drain().await;
    post.queues.push("mails", json_of("first").replace("{\"thing\":\"first\"}", "{\"thing\":\"other\"}"));
    post.drain().await;
    assert_eq!(post.mailbox.total(), 1);
    let reason = post.queues.messages("mails-dlq")[0].reason.clone().unwrap();
    assert_eq!(reason, "permanent: the same id came with another payload before");
}
