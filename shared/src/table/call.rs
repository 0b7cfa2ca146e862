//! One call to DynamoDB: as many tries as it is worth, within one budget of time.
//!
//! The SDK's own retries are off. They know neither the request's deadline nor the breaker, and
//! they would multiply with the retries here. Only this code knows the other reasons to retry: a
//! lock of another transaction, or a part that DynamoDB left undone.
//!
//! # Promises
//! * A read with all its tries ends within 1.75 s, a write within 3 s, and both end with the
//!   request.
//! * The first try gets half a second, or twice what the table takes at the moment. The next one
//!   gets all the time that is left. So a connection that died costs half a second, and a table
//!   that takes one second for every call still answers.
//! * A call has at most [`TRIES`] tries. Each retry because of a failure or a throttle costs a
//!   token of the environment's budget ([`RetryBudget`](crate::resilience::RetryBudget)): it holds
//!   40, and each success adds two. A retry because of contention costs none, since the item and
//!   not the table is busy. The second try after a timeout costs none, because two timeouts open
//!   the breaker.
//! * A read is refused while the table's breaker is open. If the read is the probe, the request
//!   waits a quarter of a second for it, and the probe goes on without the request: its answer
//!   closes the breaker. So no read takes more than 250 ms.
//! * A write that was sent has its whole time, whatever the breaker says, since only an answer
//!   tells whether it happened. It is refused before it is sent, or not at all.

use super::{
    Client, TableError,
    health::{LOST, Passes, TIMEOUT, Watched},
    kind::Kind,
    meter,
    trouble::{Trouble, TroubleKind},
};
use crate::{context::Cx, resilience::Backoff, telemetry::fields};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Tries of one call, the first included. While half of all tries fail, one page of 32 shards in a
/// hundred fails.
const TRIES: u32 = 12;
/// The pause between tries that failed: a fraction of a second in all.
const FAILING: Backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(100));
/// The pause between tries that met other writers or were throttled. A transaction's lock lasts
/// milliseconds.
const PATIENT: Backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(250));
/// A timeout that fires this much too late comes from a freeze.
const FROZEN: Duration = Duration::from_secs(1);

/// The result of a call.
#[derive(Debug)]
pub(super) struct Completed<O> {
    pub(super) value: O,
    /// Whether an earlier try of the same call may have been carried out. Then a conflict may be
    /// with its own work.
    pub(super) repeated: bool,
}

/// Makes one try, and classifies its error.
pub(super) async fn read<O, E>(
    operation: &'static str,
    send: impl Future<Output = Result<O, SdkError<E>>>,
) -> Result<O, Trouble>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    send.await.map_err(|error| Trouble::of(operation, &error))
}

impl Client {
    /// Calls `tables` by `send` until there is an answer or the call is not worth another try.
    pub(super) async fn call<O, F>(
        &self,
        cx: &Cx,
        tables: &[&str],
        kind: Kind,
        operation: &'static str,
        send: impl Fn() -> F,
    ) -> Result<Completed<O>, TableError>
    where
        O: Send + 'static,
        F: Future<Output = Result<O, Trouble>> + Send + 'static,
    {
        let budget = cx.time_left().min(self.limit(kind));
        if budget.is_zero() {
            return Err(TableError::late(operation));
        }
        let (watched, end) = (self.watch(tables), Instant::now() + budget);
        let Some(mut passes) = watched.admit() else {
            cx.event.count(fields::TABLE_REFUSED, 1);
            return Err(TableError::unavailable(operation, "it did not answer a moment ago"));
        };
        let (mut failing, mut patient) = (FAILING, PATIENT);
        let (mut tries, mut repeated, mut timed_out) = (0, false, false);
        loop {
            tries += 1;
            meter::request(cx, kind);
            let own = self.patience(&watched).min(self.limit(kind));
            let left = end.saturating_duration_since(Instant::now());
            let limit = if timed_out || passes.are_probe() { left } else { own.min(left) };
            let wait = if self.is_patient() { None } else { watched.probe_wait(&passes) };
            let attempt = Attempt { watched: watched.clone(), passes: passes.clone(), operation, limit, own };
            // On the heap at once: the SDK's future has kilobytes that would be moved again and
            // again.
            let trouble = match attempt.send(kind, wait, Box::pin(send())).await {
                Ok(value) => {
                    self.retries().earn();
                    return Ok(Completed { value, repeated });
                }
                Err(trouble) => trouble,
            };
            repeated |= trouble.may_have_happened();
            let pause = match trouble.kind {
                _ if tries == TRIES || kind == Kind::SumOnce => None,
                TroubleKind::Final => None,
                TroubleKind::Busy => Some(patient.pause()),
                TroubleKind::Timeout => (!std::mem::replace(&mut timed_out, true)).then_some(Duration::ZERO),
                TroubleKind::Throttled => self.retries().spend().then(|| patient.pause()),
                TroubleKind::Lost | TroubleKind::Failing => self.retries().spend().then(|| failing.pause()),
            };
            let Some(pause) = pause.filter(|pause| Instant::now() + *pause < end) else { return Err(trouble.error) };
            sleep(pause).await;
            cx.event.count(fields::TABLE_RETRIES, 1);
            match watched.admit() {
                Some(again) => passes = again,
                None if kind == Kind::Write => {}
                None => return Err(trouble.error),
            }
        }
    }
}

/// One try that is under way.
struct Attempt {
    watched: Watched,
    passes: Passes,
    operation: &'static str,
    limit: Duration,
    /// How long this try waits for the table. A shorter wait would say nothing about the table.
    own: Duration,
}

impl Attempt {
    /// Sends it. A read waits for it no longer than `wait`.
    async fn send<O, F>(self, kind: Kind, wait: Option<Duration>, send: F) -> Result<O, Trouble>
    where
        O: Send + 'static,
        F: Future<Output = Result<O, Trouble>> + Send + 'static,
    {
        if kind == Kind::Write {
            return self.outcome(send).await;
        }
        let operation = self.operation;
        // It is a task of its own: even if the request gives up, the table's breaker gets the
        // outcome.
        let mut task = tokio::spawn(self.outcome(send));
        let outcome = match wait {
            None => (&mut task).await,
            Some(wait) => {
                let Ok(outcome) = timeout(wait, &mut task).await else {
                    let silent = TableError::unavailable(operation, "it has not answered yet");
                    return Err(Trouble::new(TroubleKind::Final, silent));
                };
                outcome
            }
        };
        outcome.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Trouble::late(operation)),
        })
    }

    /// The outcome of the try, which the tables' breakers get.
    async fn outcome<O>(self, send: impl Future<Output = Result<O, Trouble>>) -> Result<O, Trouble> {
        let start = Instant::now();
        self.watched.probing(&self.passes);
        let outcome = timeout(self.limit, send).await.unwrap_or_else(|_| Err(Trouble::late(self.operation)));
        let took = start.elapsed();
        match outcome.as_ref().map_err(|trouble| trouble.kind) {
            Err(TroubleKind::Timeout) if took > self.limit + FROZEN => {}
            Err(TroubleKind::Timeout) if took >= self.limit && self.limit < self.own => {}
            Err(TroubleKind::Timeout) => self.watched.missed(&self.passes, start, TIMEOUT),
            Err(TroubleKind::Lost) => self.watched.missed(&self.passes, start, LOST),
            // The time of a freeze is not the table's.
            _ => self.watched.answered(&self.passes, took.min(self.limit)),
        }
        outcome
    }
}
