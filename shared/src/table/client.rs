//! The SDK's client with our time limits, and what it has learnt about each table.

use super::{
    TableError,
    health::{TableHealth, Watched},
    kind::Kind,
};
use crate::{
    context::Cx,
    resilience::{Backoff, RetryBudget},
};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::{Builder, retry::RetryConfig, timeout::TimeoutConfig};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// One read with all its tries: half a second for a connection that has died, and the rest for a
/// table that takes a second. While a table hangs, each environment spends this once.
const READ_LIMIT: Duration = Duration::from_millis(1_750);
/// One write. It gets more time, because a client that gets a 503 does not know whether it
/// happened.
const WRITE_LIMIT: Duration = Duration::from_secs(3);
/// A handshake within a region takes milliseconds.
const CONNECT_LIMIT: Duration = Duration::from_millis(500);
/// How many retries an environment may spend in advance: one for each shard of a page, and a few.
const RETRIES: u32 = 40;
/// What each success adds: while half of all tries fail, a success pays for its own retry.
const EARNED: u32 = 2;

/// A client of DynamoDB. Cheap to clone; make one at init. Clones share what they know about the
/// tables.
#[derive(Debug, Clone)]
pub struct Client {
    sdk: aws_sdk_dynamodb::Client,
    known: Arc<Learned>,
    patient: Option<Duration>,
    strict: bool,
}

#[derive(Debug)]
struct Learned {
    tables: Mutex<HashMap<String, Arc<TableHealth>>>,
    retries: RetryBudget,
}

impl Client {
    /// A client for the region, credentials and endpoint of `sdk`.
    pub fn new(sdk: &SdkConfig) -> Self {
        Self::with(sdk, |settings| settings)
    }

    /// The same with changed settings: tests add interceptors here.
    pub fn with(sdk: &SdkConfig, change: impl FnOnce(Builder) -> Builder) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_LIMIT).build();
        let settings = Builder::from(sdk).retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        let known = Learned { tables: Mutex::default(), retries: RetryBudget::new(RETRIES, EARNED) };
        let sdk = aws_sdk_dynamodb::Client::from_conf(change(settings).build());
        Self { sdk, known: Arc::new(known), patient: None, strict: false }
    }

    /// Lets a call, and its first try, take as long as this: for tools.
    #[must_use]
    pub fn patient(mut self, limit: Duration) -> Self {
        self.patient = Some(limit);
        self
    }

    /// A client that panics when one request reads one table in a loop, so that such a test fails.
    /// Otherwise this is a warning; see [`ONE_BY_ONE_MAX`](super::ONE_BY_ONE_MAX).
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }

    pub(super) fn is_patient(&self) -> bool {
        self.patient.is_some()
    }

    pub(super) fn sdk(&self) -> &aws_sdk_dynamodb::Client {
        &self.sdk
    }

    pub(super) fn retries(&self) -> &RetryBudget {
        &self.known.retries
    }

    /// The longest time of one call.
    pub(super) fn limit(&self, kind: Kind) -> Duration {
        self.patient.unwrap_or(if kind == Kind::Write { WRITE_LIMIT } else { READ_LIMIT })
    }

    /// The longest time of a call's first try.
    pub(super) fn patience(&self, tables: &Watched) -> Duration {
        self.patient.unwrap_or_else(|| tables.patience())
    }

    /// The health of `tables`, each once.
    pub(super) fn watch(&self, tables: &[&str]) -> Watched {
        let mut known = self.known.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let first = |(at, name): &(usize, &&str)| !tables[..*at].contains(*name);
        let health = |(_, name): (usize, &&str)| match known.get(*name) {
            Some(health) => Arc::clone(health),
            None => Arc::clone(known.entry((*name).to_owned()).or_default()),
        };
        Watched::new(tables.iter().enumerate().filter(first).map(health).collect())
    }
}

/// Sleeps before the next try, or returns an error if there is no time for one.
pub(super) async fn pause(cx: &Cx, operation: &'static str, backoff: &mut Backoff) -> Result<(), TableError> {
    let pause = backoff.pause();
    if pause >= cx.time_left() {
        return Err(TableError::late(operation));
    }
    tokio::time::sleep(pause).await;
    Ok(())
}
