//! Work whose effect is outside of DynamoDB, under a lock.

use super::{
    Idempotency, RecordKey,
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

/// How much longer than its holder's deadline a lock lasts: the clocks of two environments differ,
/// and an effect that was under way when the holder was stopped may still happen.
const SKEW: Duration = Duration::from_secs(5);
/// The time that is reserved to record the result; a quarter of what is left, if that is less.
const RECORD: Duration = Duration::from_secs(2);
/// How often an attempt tries to get the lock, if others take it and give it back meanwhile.
const ROUNDS: usize = 4;
/// The pauses between tries to record a result. A result that is not recorded is worked for again.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));

/// The result of an attempt to get the lock.
enum Claim {
    Ours(Record),
    Done(String),
}

impl Idempotency {
    /// Does `work` for this message, unless it was done before, and returns its result, or the
    /// result of that time.
    ///
    /// The work is stopped two seconds before the deadline of `cx`, long before its lock ends. If
    /// it fails, the lock is given back at once. If its environment dies, another consumer may try
    /// after the lock's deadline. The fact `once` of the event says how it went: `ran`, `replayed`,
    /// `busy`, or `unrecorded` if the work was done and could not be recorded. An unrecorded
    /// message is acknowledged all the same, because otherwise its work would be done again for
    /// certain.
    pub async fn run<R, E, F>(&self, cx: &Cx, delivery: &Delivery, work: impl FnOnce() -> F) -> Result<R, Failed>
    where
        R: Serialize + DeserializeOwned,
        E: Into<Failed>,
        F: Future<Output = Result<R, E>>,
    {
        let key = RecordKey::delivery(delivery);
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
            // The work was stopped, perhaps after it had its effect. So the lock stays until it
            // ends.
            Err(_) => Err(Failed::retry("the work took too long")),
        }
    }

    async fn claim(&self, cx: &Cx, key: &RecordKey, payload_hash: &str) -> Result<Claim, Failed> {
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

    /// Records that the work is done, and tries again as long as there is time. `true` if it is
    /// recorded.
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

/// The condition that the record still belongs to the same attempt.
fn holds(record: &Record) -> Condition {
    Condition::Holds(ATTEMPT, Attribute::Text(record.attempt.clone()))
}
