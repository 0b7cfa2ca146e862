//! The mails that SES was given to send.
//!
//! AWS itself keeps no mail, so a mailbox is a property of the stack: an emulator has one.
//! `MAILBOX` overrides it: an address that answers as MiniStack's `/_ministack/ses/messages` does,
//! or `none`, which turns the checks of mails off. Without a mailbox and without `none`, the tests
//! that need one fail.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use crate::{
    client,
    cloud::{Cloud, variable},
};
use serde_json::Value;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};

/// Where sent mails can be read.
#[derive(Debug)]
pub struct Mailbox {
    http: reqwest::Client,
    address: String,
}

/// A mail that was sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The addresses it went to.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// When SES took it, on the emulator's clock.
    pub sent: SystemTime,
}

impl Mailbox {
    /// The stack's mailbox; `None` only if `MAILBOX=none` says so.
    pub fn open() -> Option<Self> {
        let of_emulator = || Cloud::get().endpoint.as_ref().map(|e| format!("{e}/_ministack/ses/messages"));
        match variable("MAILBOX").or_else(of_emulator) {
            Some(said) if said == "none" => {
                eprintln!("MAILBOX=none: mails are NOT checked");
                None
            }
            Some(address) => Some(Self { http: client::http(), address }),
            None => panic!("this stack has no mailbox to look into; set MAILBOX=none to go on without checking mails"),
        }
    }

    /// The mails to an address, oldest first.
    pub async fn to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.all().await;
        mails.retain(|mail| mail.to.iter().any(|to| to == address));
        mails
    }

    /// All mails, oldest first.
    pub async fn all(&self) -> Vec<Mail> {
        let text = self.http.get(&self.address).send().await.unwrap().text().await.unwrap();
        let held: Value = serde_json::from_str(&text).unwrap();
        // By account, since the emulator knows several.
        let accounts = held["messages"].as_object().unwrap_or_else(|| panic!("no mailbox: {held}")).values();
        accounts.flat_map(|mails| mails.as_array().unwrap()).map(Mail::read).collect()
    }

    /// The first mail to an address whose subject contains `subject`, and how long it took to come.
    /// Fails when it takes longer than `patience`.
    pub async fn wait_for(&self, address: &str, subject: &str, patience: Duration) -> (Mail, Duration) {
        let start = Instant::now();
        loop {
            if let Some(mail) = self.to(address).await.into_iter().find(|mail| mail.subject.contains(subject)) {
                return (mail, start.elapsed());
            }
            assert!(start.elapsed() < patience, "no mail with {subject:?} in its subject within {patience:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Mail {
    /// The secret at the end of the mail's link.
    pub fn token(&self) -> &str {
        let line = self.text.lines().find(|line| line.contains("/verify#") || line.contains("/reset#"));
        line.and_then(|line| line.split('#').nth(1)).unwrap_or_else(|| panic!("no link in {}", self.text))
    }

    fn read(mail: &Value) -> Self {
        let text = |name: &str| mail[name].as_str().unwrap_or_default().to_owned();
        let to = mail["To"].as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let sent = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(mail["Timestamp"].as_f64().unwrap());
        Self { to, subject: text("Subject"), text: text("BodyText"), html: text("BodyHtml"), sent }
    }
}
