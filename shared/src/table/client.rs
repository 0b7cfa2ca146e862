//! The SDK's client with our patience: how long a call may take, how often it is tried again.

use super::{TableError, meter};
use crate::{context::Cx, resilience::Backoff};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    config::{Builder, retry::RetryConfig, timeout::TimeoutConfig},
    error::SdkError,
};
use std::time::Duration;

/// One call with all its retries. A get takes single-digit milliseconds; what takes seconds is not coming.
const CALL_LIMIT: Duration = Duration::from_secs(3);
/// One try. The SDK's default is to wait for ever.
const TRY_LIMIT: Duration = Duration::from_secs(1);
const CONNECT_LIMIT: Duration = Duration::from_millis(500);
/// Tries of one call that the service throttles, fails or does not answer, the first included.
const TRIES: u32 = 4;
/// Tries of a write that meets other transactions. Their locks last milliseconds.
const BUSY_TRIES: u32 = 6;

/// A client of DynamoDB. Cheap to clone; make one at init.
#[derive(Debug, Clone)]
pub struct Client {
    sdk: aws_sdk_dynamodb::Client,
    limit: Duration,
    strict: bool,
}

impl Client {
    /// A client for the region, credentials and endpoint of `sdk`.
    pub fn new(sdk: &SdkConfig) -> Self {
        Self::with(sdk, |settings| settings)
    }

    /// The same with changed settings: tests add interceptors here.
    pub fn with(sdk: &SdkConfig, change: impl FnOnce(Builder) -> Builder) -> Self {
        let retries = RetryConfig::standard()
            .with_max_attempts(TRIES)
            .with_initial_backoff(Duration::from_millis(25))
            .with_max_backoff(Duration::from_millis(500));
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_LIMIT)
            .operation_attempt_timeout(TRY_LIMIT)
            .operation_timeout(CALL_LIMIT)
            .build();
        let settings = aws_sdk_dynamodb::config::Builder::from(sdk).retry_config(retries).timeout_config(timeouts);
        Self { sdk: aws_sdk_dynamodb::Client::from_conf(change(settings).build()), limit: CALL_LIMIT, strict: false }
    }

    /// Lets a call take as long as this in place of 3 s: for tools that nobody waits for. The SDK's timeouts are set apart,
    /// by [`with`](Self::with).
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// A client that panics when one request reads one table in a loop, so that a test which does so fails. Without
    /// this it is a warning, see [`ONE_BY_ONE_MAX`](super::ONE_BY_ONE_MAX).
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }

    pub(super) fn sdk(&self) -> &aws_sdk_dynamodb::Client {
        &self.sdk
    }

    /// Waits for `send`, no longer than the request lasts; the outer error is that it did not come in time.
    pub(super) async fn call<O, E>(
        &self,
        cx: &Cx,
        kind: meter::Kind,
        operation: &'static str,
        send: impl Future<Output = Result<O, SdkError<E>>>,
    ) -> Result<Result<O, SdkError<E>>, TableError> {
        let limit = cx.time_left().min(self.limit);
        if limit.is_zero() {
            return Err(TableError::late(operation));
        }
        meter::request(cx, kind);
        tokio::time::timeout(limit, send).await.map_err(|_| TableError::late(operation))
    }
}

/// Tries again while other writers are in the way, with backoff and jitter, within the request's time.
pub(super) async fn patiently<F: Future<Output = Result<(), TableError>>>(
    cx: &Cx,
    operation: &'static str,
    attempt: impl Fn() -> F,
) -> Result<(), TableError> {
    let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(250));
    for _ in 1..BUSY_TRIES {
        match attempt().await {
            Err(error) if error.passes() => {
                if pause(cx, operation, &mut backoff).await.is_err() {
                    return Err(error);
                }
            }
            other => return other,
        }
    }
    attempt().await
}

/// Sleeps before the next try, or says at once that there is no time for one.
pub(super) async fn pause(cx: &Cx, operation: &'static str, backoff: &mut Backoff) -> Result<(), TableError> {
    let pause = backoff.pause();
    if pause >= cx.time_left() {
        return Err(TableError::late(operation));
    }
    tokio::time::sleep(pause).await;
    Ok(())
}
