//! The answers of SES, and the rate that it allows.

use super::*;

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

/// SES has taken it, and says so late or not at all: it is not sent again here, where nobody would
/// know.
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

/// Two environments at fourteen mails a second: a batch of ten takes one of them more than a
/// second.
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
