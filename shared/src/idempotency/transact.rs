//! Effects in DynamoDB, in one transaction with the record.

use super::{
    Idempotency, RecordKey,
    record::{Record, Standing},
};
use crate::{
    context::Cx,
    queue::Failed,
    table::{Condition, Consistency, Reason, TableError, Write},
    telemetry::fields,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

/// A result, and whether it was recorded earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled<R> {
    /// The result.
    pub result: R,
    /// Whether it is the result of an earlier time, so that nothing was done now.
    pub replayed: bool,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// The key was used before, with another payload: 422 for a client, poison for a consumer.
    #[error("the same key came with another payload before")]
    Mismatch,
    /// Another caller is changing the same items: 409 for a client, which may try again later.
    #[error("somebody else works on it")]
    Busy {
        /// When the other caller's lock ends, if it has one.
        until: Option<Timestamp>,
    },
    /// The lock has no end, so a person must look at it.
    #[error("the record is locked and has no deadline")]
    Stuck,
    /// The condition of an effect did not hold. There is one reason for each effect, in their
    /// order.
    #[error("an effect was refused")]
    Refused(Vec<Reason>),
    /// The result cannot be written as JSON, or not be read.
    #[error("the result is no JSON: {0}")]
    Result(#[from] serde_json::Error),
    /// The table failed. The effects may have happened; the same call again finds out.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl From<IdempotencyError> for Failed {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Busy { until: Some(until) } => Self::Busy(until),
            IdempotencyError::Busy { until: None } => Self::retry(error),
            IdempotencyError::Mismatch
            | IdempotencyError::Stuck
            | IdempotencyError::Refused(_)
            | IdempotencyError::Result(_) => Self::permanent(error),
            IdempotencyError::Table(error) => error.into(),
        }
    }
}

impl Idempotency {
    /// Writes `effects` and a record with `result`, or neither. If a record with the same key and
    /// payload exists, nothing is written, and the recorded result is returned.
    ///
    /// There may be 99 `effects`. An expired record counts as absent, whether or not the table's
    /// TTL has removed it. A conflict with another transaction is tried again, and becomes
    /// [`IdempotencyError::Busy`] in the end. A key may be used here or with [`run`](Self::run),
    /// not with both.
    pub async fn transact<R: Serialize + DeserializeOwned>(
        &self,
        cx: &Cx,
        key: &RecordKey,
        payload_hash: &str,
        result: R,
        effects: Vec<Write>,
    ) -> Result<Settled<R>, IdempotencyError> {
        let now = cx.clock.now_ms();
        let record = Record::done(key, payload_hash, now, serde_json::to_string(&result)?);
        let mut writes = vec![self.records.putting(&record, &Condition::AbsentOrExpired(now.div_euclid(1000)))];
        writes.extend(effects);
        let reasons = match self.client.transact(cx, writes).await {
            Ok(()) => {
                cx.event.set(fields::ONCE, "ran");
                return Ok(Settled { result, replayed: false });
            }
            Err(error) if error.is_busy() => return Err(IdempotencyError::Busy { until: None }),
            Err(TableError::Cancelled(reasons)) => reasons,
            Err(error) => return Err(error.into()),
        };
        match reasons.first() {
            Some(Reason::Condition(Some(found))) => {
                let found: Record = found.read()?;
                if found.attempt == record.attempt {
                    // The answer to an earlier try was lost, and this is the record that it wrote.
                    return Ok(Settled { result, replayed: false });
                }
                settled(cx, &found, payload_hash)
            }
            // The reason does not say which record was in the way; the same call again finds out.
            Some(Reason::Condition(None)) => Err(IdempotencyError::Busy { until: None }),
            _ if reasons.iter().skip(1).any(|r| matches!(r, Reason::Condition(_) | Reason::Other(_))) => {
                Err(IdempotencyError::Refused(reasons.into_iter().skip(1).collect()))
            }
            _ => Err(TableError::Cancelled(reasons).into()),
        }
    }

    /// The recorded result, if there is one. For a caller that would otherwise refuse a repeated
    /// request, because something that it depends on has changed since. Costs one strong read.
    pub async fn replay<R: DeserializeOwned>(
        &self,
        cx: &Cx,
        key: &RecordKey,
        payload_hash: &str,
    ) -> Result<Option<R>, IdempotencyError> {
        let Some(found) = self.records.get(cx, &key.text, Consistency::Strong).await? else { return Ok(None) };
        if found.standing(payload_hash, cx.clock.now_ms()) == Standing::Over {
            return Ok(None);
        }
        settled(cx, &found, payload_hash).map(|settled| Some(settled.result))
    }
}

/// The result in the record of an earlier time.
fn settled<R: DeserializeOwned>(cx: &Cx, found: &Record, payload_hash: &str) -> Result<Settled<R>, IdempotencyError> {
    let (once, settled) = match found.standing(payload_hash, cx.clock.now_ms()) {
        Standing::Done(result) => {
            ("replayed", serde_json::from_str(&result).map(|result| Settled { result, replayed: true })?)
        }
        Standing::Held(until) => return Err(IdempotencyError::Busy { until: Timestamp::from_millisecond(until).ok() }),
        // It has expired since the transaction.
        Standing::Over => return Err(IdempotencyError::Busy { until: None }),
        Standing::Stuck => return Err(IdempotencyError::Stuck),
        Standing::Mismatch => return Err(IdempotencyError::Mismatch),
    };
    cx.event.set(fields::ONCE, once);
    Ok(settled)
}
