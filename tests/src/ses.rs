//! SES in this process: a mailbox that keeps what was sent, and fails when told to.

use crate::in_process::{self, Service};
use aws_config::SdkConfig;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Decides about an e-mail by its address: `None` takes it, else this is the answer: a status and a
/// code, with a message behind a colon if SES' message matters.
type Rule = Box<dyn Fn(&str) -> Option<(u16, &'static str)> + Send + Sync>;

/// All e-mails that were taken, by their subjects, in order.
#[derive(Default)]
pub struct Mailbox {
    sent: Mutex<Vec<(String, String)>>,
    rule: Option<Rule>,
}

impl Mailbox {
    /// A mailbox that takes everything.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A mailbox that asks `rule` first.
    pub fn with(rule: impl Fn(&str) -> Option<(u16, &'static str)> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { sent: Mutex::default(), rule: Some(Box::new(rule)) })
    }

    /// Settings of the SDK that lead to it.
    pub fn sdk(self: &Arc<Self>) -> SdkConfig {
        in_process::sdk(self.service())
    }

    /// It, as a service.
    pub fn service(self: &Arc<Self>) -> Service {
        let mailbox = Arc::clone(self);
        Arc::new(move |_, body| mailbox.take(body))
    }

    /// How many e-mails with this subject were taken.
    pub fn count(&self, subject: &str) -> usize {
        self.lock().iter().filter(|(_, s)| s == subject).count()
    }

    /// How many were taken in all.
    pub fn total(&self) -> usize {
        self.lock().len()
    }

    fn take(&self, body: &Value) -> (u16, Value) {
        let to = body["Destination"]["ToAddresses"][0].as_str().unwrap_or_default().to_owned();
        if let Some((status, code)) = self.rule.as_ref().and_then(|rule| rule(&to)) {
            let (code, message) = code.split_once(": ").unwrap_or((code, "the test said so"));
            return (status, json!({"__type": code, "message": message}));
        }
        let subject = body["Content"]["Simple"]["Subject"]["Data"].as_str().unwrap_or_default();
        self.lock().push((to, subject.to_owned()));
        (200, json!({"MessageId": "taken"}))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
