//! What several tests use: a message, a worker that sends mails, and random numbers.

mod dice;
mod mail_worker;

pub(crate) use dice::Dice;
pub(crate) use mail_worker::MailWorker;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    queue::{Envelope, Message},
    version::Version,
};
use std::time::Duration;

/// What a test begins at: any moment will do.
pub(crate) const START: i64 = 1_700_000_000_000;
/// What an invocation has.
pub(crate) const TIME: Duration = Duration::from_secs(30);

/// Something happened to a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Happened {
    pub(crate) thing: String,
}

impl Message for Happened {
    const SCHEMA: u16 = 1;

    fn kind(&self) -> &'static str {
        "happened"
    }
}

pub(crate) fn happened(thing: &str) -> Envelope<Happened> {
    let at = jiff::Timestamp::from_millisecond(START).unwrap();
    Envelope::about(&format!("thing#{thing}"), Version(1), at, Happened { thing: thing.to_owned() })
}

pub(crate) fn json_of(thing: &str) -> String {
    happened(thing).to_json().unwrap()
}

/// The ids that an answer hands back.
pub(crate) fn failures(answer: &Value) -> Vec<String> {
    let all = answer["batchItemFailures"].as_array().unwrap();
    all.iter().map(|f| f["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}
