//! E-mail through Amazon SES.
//!
//! An e-mail cannot be taken back, and SES cannot send one on a condition. So it is sent at least
//! once. A caller wraps it in [`crate::idempotency`]; then only three things send it twice: a crash
//! between SES's answer and the record, an answer of SES that is lost, and a record that cannot be
//! written while the message is on its queue a second time.
//!
//! This module repeats nothing: the caller's queue does. An error says whether it is about this
//! e-mail or about the moment. A rejected address must not be tried for hours; an account that is
//! over its rate must try again.

mod pace;

use crate::{
    config::{ConfigError, Vars},
    context::Cx,
    env::{MAIL_FROM, SES_RATE},
    queue::Failed,
    telemetry::fields,
};
use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    config::{Builder, retry::RetryConfig, timeout::TimeoutConfig},
    error::{BuildError, ProvideErrorMetadata},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message},
};
use jiff::Timestamp;
use pace::Pace;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How many environments share the rate: the `MaximumConcurrency` of the function that sends.
pub const ENVIRONMENTS: u32 = 2;
/// How long a call waits for SES. A caller that stopped waiting sooner would send the e-mail twice.
const ANSWER: Duration = Duration::from_secs(8);
/// The time that the caller needs after that, to record that the e-mail was sent.
const RECORD: Duration = Duration::from_secs(2);

/// One e-mail, as text and as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The one address that it goes to.
    pub to: String,
    /// The subject, without line breaks.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML. Text that came from outside has been escaped ([`escape`]).
    pub html: String,
}

/// Why an e-mail was not sent. No variant holds the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// SES will never accept this e-mail: its address is not valid, or SES refuses its content.
    #[error("rejected: {0}")]
    Rejected(String),
    /// The account sends faster than it may.
    #[error("over the account's sending rate")]
    Throttled,
    /// The account's rate leaves no room before the caller's deadline. SES was not called.
    #[error("not before {0}")]
    Later(Timestamp),
    /// The set-up does not let us send: the sender is not verified, the account is in SES's
    /// sandbox, suspended or paused, or the role lacks a permission. The e-mail is not at fault. A
    /// person must act, and an alarm says so (`infra/alarms.yaml`).
    #[error("the set-up does not let us send: {0}")]
    Refused(String),
    /// SES could not be reached, or did not answer in time.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

impl From<MailError> for Failed {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Rejected(_) => Self::permanent(error),
            MailError::Later(turn) => Self::Busy(turn),
            MailError::Throttled | MailError::Refused(_) | MailError::Unavailable(_) => Self::retry(error),
        }
    }
}

/// Sends e-mails from one address.
#[derive(Debug, Clone)]
pub struct Mailer {
    client: Client,
    from: String,
    pace: Arc<Pace>,
}

impl Mailer {
    /// Sends from the address `from`, and leaves `gap` between two e-mails.
    pub fn new(sdk: &SdkConfig, from: impl Into<String>, gap: Duration) -> Self {
        let timeouts =
            TimeoutConfig::builder().connect_timeout(Duration::from_secs(1)).operation_attempt_timeout(ANSWER);
        let settings = Builder::from(sdk).retry_config(RetryConfig::disabled()).timeout_config(timeouts.build());
        Self { client: Client::from_conf(settings.build()), from: from.into(), pace: Arc::new(Pace::new(gap)) }
    }

    /// Sends from the address in [`MAIL_FROM`], at this environment's share of [`SES_RATE`]
    /// ("Managing your Amazon SES sending limits", Amazon SES Developer Guide).
    pub fn from_vars(sdk: &SdkConfig, vars: &Vars) -> Result<Self, ConfigError> {
        let gap = match vars.parsed::<f64>(SES_RATE)? {
            rate if rate > 0.0 => Duration::try_from_secs_f64(f64::from(ENVIRONMENTS) / rate),
            rate => return Err(ConfigError::new(SES_RATE, format!("{rate} is no number above 0"))),
        };
        Ok(Self::new(sdk, vars.required(MAIL_FROM)?, gap.map_err(|e| ConfigError::new(SES_RATE, e))?))
    }

    /// Sends one e-mail as soon as the rate allows it. `Ok` means that SES has accepted it, not
    /// that it has arrived.
    pub async fn send(&self, cx: &Cx, email: &Email) -> Result<(), MailError> {
        let (now, patience) = (tokio::time::Instant::now(), cx.time_left().saturating_sub(ANSWER + RECORD));
        let turn = self.pace.turn(now, patience).map_err(|turn| MailError::Later(cx.clock.now() + (turn - now)))?;
        tokio::time::sleep_until(turn).await;
        let started = Instant::now();
        let request = self.client.send_email().from_email_address(&self.from);
        let request = request.destination(Destination::builder().to_addresses(&email.to).build());
        let request = request.content(content(email).map_err(|e| MailError::Rejected(e.to_string()))?);
        let answer = tokio::time::timeout(cx.time_left(), request.send()).await;
        cx.event.time(fields::MAIL, started.elapsed());
        match answer {
            Err(_) => Err(MailError::Unavailable("no answer in time".into())),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let error = class(&error.into_service_error());
                if matches!(error, MailError::Refused(_)) {
                    cx.event.count(fields::MAIL_REFUSED, 1);
                }
                Err(error)
            }
        }
    }
}

fn content(email: &Email) -> Result<EmailContent, BuildError> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().text(utf8(&email.text)?).html(utf8(&email.html)?).build();
    let message = Message::builder().subject(utf8(&email.subject)?).body(body).build();
    Ok(EmailContent::builder().simple(message).build())
}

/// What SES's error means. SES's message is left out where it may quote the address.
///
/// `MessageRejected` has two meanings. If its message says "Email address is not verified", it is
/// about the sender, or about every recipient while the account is in the sandbox ("Amazon SES
/// email sending errors", Amazon SES Developer Guide).
fn class(error: &SendEmailError) -> MailError {
    let code = error.code().unwrap_or("no code").to_owned();
    if error.message().is_some_and(|message| message.contains("not verified")) {
        return MailError::Refused(format!("{code}: not verified"));
    }
    match error {
        SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_) => MailError::Rejected(code),
        SendEmailError::AccountSuspendedException(_)
        | SendEmailError::MailFromDomainNotVerifiedException(_)
        | SendEmailError::NotFoundException(_)
        | SendEmailError::SendingPausedException(_) => MailError::Refused(code),
        SendEmailError::TooManyRequestsException(_) | SendEmailError::LimitExceededException(_) => MailError::Throttled,
        _ if code.contains("Throttl") => MailError::Throttled,
        _ if code.contains("AccessDenied") => MailError::Refused(code),
        _ => MailError::Unavailable(code),
    }
}

/// `text` with the characters replaced that HTML reads as markup. Quotes are among them, so the
/// result may also be the value of an attribute.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sesv2::{
        error::ErrorMetadata,
        types::error::{BadRequestException, MessageRejected, TooManyRequestsException},
    };

    #[test]
    fn only_what_is_about_this_email_is_permanent() {
        let rejected = SendEmailError::MessageRejected(MessageRejected::builder().build());
        assert!(matches!(class(&rejected), MailError::Rejected(_)));
        let bad = SendEmailError::BadRequestException(BadRequestException::builder().build());
        assert!(matches!(class(&bad), MailError::Rejected(_)));
        let said = |text: &str| MessageRejected::builder().meta(ErrorMetadata::builder().message(text).build()).build();
        let unverified = "Email address is not verified. The following identities failed the check in region \
            EU-CENTRAL-1: ada@example.com";
        let refused = class(&SendEmailError::MessageRejected(said(unverified)));
        assert!(matches!(&refused, MailError::Refused(why) if !why.contains("ada")), "{refused}");
        let rejected = class(&SendEmailError::MessageRejected(said("Message contains a virus")));
        assert!(matches!(rejected, MailError::Rejected(_)), "{rejected}");
        let busy = SendEmailError::TooManyRequestsException(TooManyRequestsException::builder().build());
        assert_eq!(class(&busy), MailError::Throttled);
        assert!(matches!(class(&SendEmailError::unhandled("reset")), MailError::Unavailable(_)));
    }

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(escape(r#"<a href="x">O'Neil & co"#), "&lt;a href=&quot;x&quot;&gt;O&#39;Neil &amp; co");
    }
}
