//! The proxy in front of SQS and SES.

use super::timed;
use aws_config::SdkConfig;
use faults::{ANY_PORT, Fault, Faults, Rule};
use shared::{
    clock::Clock,
    context::Cx,
    mail::{Email, MailError, Mailer},
    queue::{Outbox, Outgoing},
};
use std::{sync::Arc, time::Duration};
use tests::{dynamo::Tables, loopback::Loopback, ses::Mailbox, sqs, sqs::Queues};

const QUEUE: &str = "http://queue/events";

/// The network in front of these, and settings of the SDK that lead to it.
fn in_front_of(queues: &Arc<Queues>, mailbox: &Arc<Mailbox>, sdk: SdkConfig) -> (Faults, SdkConfig) {
    let dynamo = Tables::new().sdk().endpoint_url().unwrap().to_owned();
    let aws = Loopback::start(queues.service(), mailbox.service(), &dynamo, Box::new(|| sqs::Fault::None));
    let faults = Faults::start(7).unwrap();
    let proxy = faults.aws(ANY_PORT, aws.url().trim_start_matches("http://").parse().unwrap()).unwrap();
    // It ends with the process, like everything that a test leaves.
    std::mem::forget(aws);
    let network = aws_smithy_http_client::Builder::new().build_http();
    (faults, sdk.into_builder().endpoint_url(format!("http://{proxy}")).http_client(network).build())
}

#[tokio::test]
async fn what_of_a_batch_is_not_taken_is_sent_again_and_nothing_twice() {
    let clock = Clock::system();
    let (queues, mailbox) = (Queues::new(&clock), Mailbox::new());
    let (faults, sdk) = in_front_of(&queues, &mailbox, queues.sdk());

    faults.set("half", Rule::new(Fault::PartialBatch { share: 50 }).service("sqs").times(3));
    let cx = Cx::new(clock, "test", Duration::from_secs(30));
    let letter = |n: u32| Outgoing { id: n.to_string(), body: Ok(format!("letter {n}")), attributes: vec![] };
    let letters: Vec<_> = (0..25).map(letter).collect();
    assert_eq!(Outbox::new(&sdk).send_all(&cx, QUEUE, &letters).await, []);
    let mut bodies: Vec<_> = queues.messages("events").into_iter().map(|message| message.body).collect();
    bodies.sort_by_key(|body| body.trim_start_matches("letter ").parse::<u32>().unwrap());
    assert_eq!(bodies, (0..25).map(|n| format!("letter {n}")).collect::<Vec<_>>());
    assert_eq!(faults.struck()["half"], 3);
}

#[tokio::test]
async fn mails_are_throttled_and_refused_in_the_words_of_ses() {
    let clock = Clock::system();
    let (queues, mailbox) = (Queues::new(&clock), Mailbox::new());
    let (faults, sdk) = in_front_of(&queues, &mailbox, mailbox.sdk());
    let mailer = Mailer::new(&sdk, "shop@example.com", Duration::ZERO);
    let send = async || {
        let cx = Cx::new(Clock::system(), "test", Duration::from_secs(30));
        let (to, subject) = ("ada@example.com".into(), "Tea".into());
        Box::pin(mailer.send(&cx, &Email { to, subject, text: "Tea".into(), html: "Tea".into() })).await
    };
    faults.set("busy", Rule::new(Fault::Throttle).service("ses").operation("SendEmail"));
    assert_eq!(send().await, Err(MailError::Throttled));
    faults.set("busy", Rule::new(Fault::error("MailFromDomainNotVerifiedException")).service("ses"));
    assert!(matches!(send().await, Err(MailError::Refused(_) | MailError::Unavailable(_))));
    faults.set("busy", Rule::new(Fault::LostAnswer).service("ses"));
    assert!(matches!(send().await, Err(MailError::Unavailable(_))));
    assert_eq!(mailbox.total(), 1, "the last one was sent, and nobody was told");
}

#[tokio::test]
async fn a_slow_answer_of_ses_is_waited_for_and_a_silent_one_ends_in_time() {
    let clock = Clock::system();
    let (queues, mailbox) = (Queues::new(&clock), Mailbox::new());
    let (faults, sdk) = in_front_of(&queues, &mailbox, mailbox.sdk());
    let mailer = Mailer::new(&sdk, "shop@example.com", Duration::ZERO);
    let send = async |time| {
        let cx = Cx::new(Clock::system(), "test", time);
        let (to, subject) = ("ada@example.com".into(), "Tea".into());
        Box::pin(mailer.send(&cx, &Email { to, subject, text: "Tea".into(), html: "Tea".into() })).await
    };
    faults.set("slow", Rule::new(Fault::delay(1_500)).service("ses"));
    assert_eq!(send(Duration::from_secs(30)).await, Ok(()));
    faults.set("slow", Rule::new(Fault::Hang).service("ses"));
    let (took, silent) = timed(send(Duration::from_secs(1))).await;
    assert!(matches!(silent, Err(MailError::Unavailable(_))), "{silent:?}");
    assert!(took < Duration::from_secs(5), "a second was over after {took:?}");
    assert_eq!(mailbox.total(), 1);
}
