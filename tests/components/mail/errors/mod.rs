//! E-mails: which errors are the address's, and which the moment's.

use crate::helpers::{MailWorker, START, failures, json_of};
use aws_config::{retry::RetryConfig, timeout::TimeoutConfig};
use futures_util::future::join_all;
use serde_json::json;
use shared::{
    clock::Clock,
    config::Vars,
    context::Cx,
    mail::{Email, MailError, Mailer, REFUSED},
    queue::Failed,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tests::{
    dynamo::Tables,
    fault_injector::{FaultInjector, Rule},
    ses::Mailbox,
    sqs::Queues,
};

async fn send(answer: Option<(u16, &'static str)>) -> Result<(), MailError> {
    let mailbox = Mailbox::with(move |_| answer);
    Mailer::new(&mailbox.sdk(), "shop@example.com", Duration::ZERO).send(&Cx::detached(), &mail()).await
}

fn mail() -> Email {
    Email { to: "a@b.example".into(), subject: "s".into(), text: "t".into(), html: "h".into() }
}

/// What SES says of a sender that is not verified, and of every recipient in the sandbox.
const UNVERIFIED: &str = "MessageRejected: Email address is not verified. The following identities failed the check in \
    region EU-CENTRAL-1: shop@example.com";

#[tokio::test]
async fn each_answer_of_ses_has_its_class() {
    assert_eq!(send(None).await, Ok(()));
    assert!(matches!(send(Some((400, "MessageRejected"))).await, Err(MailError::Rejected(_))));
    assert!(matches!(send(Some((400, "BadRequestException"))).await, Err(MailError::Rejected(_))));
    assert_eq!(send(Some((429, "TooManyRequestsException"))).await, Err(MailError::Throttled));
    assert!(matches!(send(Some((400, "SendingPausedException"))).await, Err(MailError::Refused(_))));
    assert!(matches!(send(Some((503, "ServiceUnavailable"))).await, Err(MailError::Unavailable(_))));
    assert!(matches!(send(Some((403, "AccessDeniedException"))).await, Err(MailError::Refused(_))));
    assert!(matches!(send(Some((400, UNVERIFIED))).await, Err(MailError::Refused(_))));
}

/// SES has taken it, and says so late or not at all: it is not sent again here, where nobody would know.
#[tokio::test]
async fn what_ses_has_taken_is_not_sent_again() {
    let late = || Rule::Delay(Duration::from_millis(2_500));
    let lost = || Rule::Lose(500, json!({ "message": "the test said so" }));
    for (answer, expected) in [(late as fn() -> Rule, true), (lost as fn() -> Rule, false)] {
        let mailbox = Mailbox::new();
        let sdk = mailbox.sdk();
        let network = sdk.http_client().unwrap();
        // As a function has them.
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(2)).build();
        let sdk = sdk.into_builder().timeout_config(timeouts).retry_config(RetryConfig::standard());
        let sdk = sdk.http_client(FaultInjector::new(network, Arc::new(move |_| answer()))).build();
        let email = mail();
        let sent = Mailer::new(&sdk, "shop@example.com", Duration::ZERO).send(&Cx::detached(), &email).await;
        assert_eq!(sent.is_ok(), expected, "{sent:?}");
        assert_eq!(mailbox.total(), 1);
    }
}

/// Two environments at fourteen mails a second: a batch of ten takes one of them more than a second.
#[tokio::test]
async fn an_environment_keeps_to_its_part_of_the_rate() {
    let mailbox = Mailbox::new();
    let vars = Vars::from_pairs([("MAIL_FROM", "shop@example.com"), ("SES_RATE", "14")]);
    let mailer = Mailer::from_vars(&mailbox.sdk(), &vars).unwrap();
    let email = mail();
    let start = Instant::now();
    let cx = Cx::new(Clock::system(), "test", Duration::from_secs(15));
    let sent = join_all((0..10).map(|_| mailer.send(&cx, &email))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert!(start.elapsed() >= Duration::from_secs(2) * 9 / 14, "{:?}", start.elapsed());
    // Whose turn would leave SES no time to answer waits for it, and nothing was sent.
    let cx = Cx::new(Clock::system(), "test", Duration::from_secs(11));
    let asked_at = cx.clock.now();
    let sent = join_all((0..100).map(|_| mailer.send(&cx, &email))).await;
    let is_late = |sent: &Result<(), MailError>| {
        matches!(sent, Err(late @ MailError::Later(turn))
        if *turn > asked_at && matches!(Failed::from(late.clone()), Failed::Busy(_)))
    };
    let late = sent.iter().filter(|sent| is_late(sent)).count();
    assert!(late > 50 && mailbox.total() == 110 - late, "{late} late, {} sent", mailbox.total());
}

#[test]
fn a_rate_may_be_written_as_ses_prints_it_and_is_above_zero() {
    let with = |rate: &str| {
        let vars = Vars::from_pairs([("MAIL_FROM", "shop@example.com"), ("SES_RATE", rate)]);
        Mailer::from_vars(&Mailbox::new().sdk(), &vars).map(drop)
    };
    assert_eq!(["1", "14", "14.0", "0.5"].map(with), [const { Ok(()) }; 4]);
    for rate in ["0", "-1", "NaN", "1e-300", "many"] {
        assert_eq!(with(rate).unwrap_err().variable, "SES_RATE", "{rate}");
    }
}

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
        assert_eq!(cx.event.counted(REFUSED), counted, "{answer}");
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
