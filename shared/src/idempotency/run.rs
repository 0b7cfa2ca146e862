//! Work whose effect is outside of DynamoDB: a lock around it.

use super::{
    Idempotency, OnceKey,
    record::{ATTEMPT, Record, Standing},
};
use crate::{
    context::Cx,
    queue::{Delivery, Failed},
    resilience::Backoff,
    table::{Attribute, Condition, Consistency, TableError},
    telemetry::fields,
};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// What a lock outlives its holder's deadline by: clocks of two environments differ, and an effect that was on its way
/// when the holder was stopped may still happen.
const SKEW: Duration = Duration::from_secs(5);
/// Kept back from the deadline to record the result, at most: a quarter of what is left, if that is less.
const RECORD: Duration = Duration::from_secs(2);
/// How often a lock is tried for when others take and leave it in between.
const ROUNDS: usize = 4;
/// Pauses between tries to record a result: the work is done, and to forget that is to do it again.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));

/// What came of trying for a lock.
enum Claim {
    Ours(Record),
    Done(String),
}

impl Idempotency {
    /// Does `work` for this message unless it was done before, and answers with its result, or with that of then.
    ///
    /// The work is stopped two seconds before the deadline of `cx`, and long before its lock ends. If it fails the lock is given back at once; if
    /// its environment dies, somebody else may try after the lock's deadline. The fact `once` of the event says how it
    /// went: `ran`, `replayed`, `busy`, or `unrecorded`, when the work was done and could not be recorded: then the message
    /// is acknowledged all the same, since to return it would be to do it again for certain.
    pub async fn run<R, E, F>(&self, cx: &Cx, delivery: &Delivery, work: impl FnOnce() -> F) -> Result<R, Failed>
    where
        R: Serialize + DeserializeOwned,
        E: Into<Failed>,
        F: Future<Output = Result<R, E>>,
    {
        let key = OnceKey::delivery(delivery);
        let lock = match self.claim(cx, &key, &delivery.payload_hash).await? {
            Claim::Ours(lock) => lock,
            Claim::Done(result) => {
                cx.event.set(fields::ONCE, "replayed");
                return serde_json::from_str(&result).map_err(|e| Failed::permanent(format!("stored result: {e}")));
            }
        };
        let left = cx.time_left();
        match tokio::time::timeout(left.saturating_sub(RECORD.min(left / 4)), work()).await {
            Ok(Ok(result)) => {
                let json = serde_json::to_string(&result).map_err(Failed::permanent)?;
                let done = lock.into_done(&key, cx.clock.now_ms(), json);
                cx.event.set(fields::ONCE, if self.record(cx, &done).await { "ran" } else { "unrecorded" });
                Ok(result)
            }
            Ok(Err(error)) => {
                let released = lock.clone().into_released(cx.clock.now_ms());
                if let Err(error) = self.records.put(cx, &released, &holds(&lock)).await {
                    tracing::warn!(%error, "a lock was not given back; it ends by itself");
                }
                Err(error.into())
            }
            // Stopped, but perhaps not before it had its effect: the lock stays until it ends.
            Err(_) => Err(Failed::retry("the work took too long")),
        }
    }

    async fn claim(&self, cx: &Cx, key: &OnceKey, payload_hash: &str) -> Result<Claim, Failed> {
        let now = cx.clock.now_ms();
        let until = now + i64::try_from((cx.time_left() + SKEW).as_millis()).unwrap_or(i64::MAX / 2);
        let mut lock = Record::locked(key, payload_hash, now, until);
        let mut condition = Condition::Absent;
        for _ in 0..ROUNDS {
            match self.records.put(cx, &lock, &condition).await {
                Ok(()) => return Ok(Claim::Ours(lock)),
                Err(TableError::Conflict { .. }) => {}
                Err(error) => return Err(Failed::from(error)),
            }
            let Some(found) = self.records.get(cx, &key.text, Consistency::Strong).await? else {
                condition = Condition::Absent;
                continue;
            };
            if found.attempt == lock.attempt {
                return Ok(Claim::Ours(lock));
            }
            match found.standing(payload_hash, now) {
                Standing::Over => {
                    condition = holds(&found);
                    lock = lock.over(&found);
                }
                Standing::Done(result) => return Ok(Claim::Done(result)),
                Standing::Held(until) => {
                    cx.event.set(fields::ONCE, "busy");
                    return Err(Failed::busy_until_ms(until));
                }
                Standing::Stuck => return Err(Failed::permanent("the record is locked and has no deadline")),
                Standing::Mismatch => return Err(Failed::permanent("the same id came with another payload before")),
            }
        }
        Err(Failed::retry("others keep taking the record"))
    }

    /// Records that the work is done, as long as there is time; says whether it is recorded.
    async fn record(&self, cx: &Cx, done: &Record) -> bool {
        let mut pauses = PAUSES;
        loop {
            let error = match self.records.put(cx, done, &holds(done)).await {
                Ok(()) => return true,
                Err(error) => error,
            };
            let pause = pauses.pause();
            if matches!(error, TableError::Conflict { .. }) || cx.time_left() <= pause {
                tracing::warn!(%error, "work was done and is not recorded; it may be done again");
                return false;
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// That the record is still of the same attempt.
fn holds(record: &Record) -> Condition {
    Condition::Holds(ATTEMPT, Attribute::Text(record.attempt.clone()))
}
