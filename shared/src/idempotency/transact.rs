//! Effects in DynamoDB: one transaction with the record.

use super::{
    Idempotency, OnceKey,
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

/// A result, and whether it was there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled<R> {
    /// The result.
    pub result: R,
    /// Whether it is that of an earlier time, so that nothing was done now.
    pub replayed: bool,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// The key came before, with another payload: 422 for a client, poison for a consumer.
    #[error("the same key came with another payload before")]
    Mismatch,
    /// Others work on the same items: 409 for a client, and worth a later try.
    #[error("somebody else works on it")]
    Busy {
        /// When their lock ends, if it is one.
        until: Option<Timestamp>,
    },
    /// A lock that nobody can know to be over; a person must look at it.
    #[error("the record is locked and has no deadline")]
    Stuck,
    /// The condition of an effect did not hold. One reason an effect, in order.
    #[error("an effect was refused")]
    Refused(Vec<Reason>),
    /// The result cannot be written, or not be read back.
    #[error("the result is no JSON: {0}")]
    Result(#[from] serde_json::Error),
    /// The table; after this it is not known whether the effects happened, and the same call finds out.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl From<OnceError> for Failed {
    fn from(error: OnceError) -> Self {
        match error {
            OnceError::Busy { until: Some(until) } => Self::Busy(until),
            OnceError::Busy { until: None } => Self::retry(error),
            OnceError::Mismatch | OnceError::Stuck | OnceError::Refused(_) | OnceError::Result(_) => {
                Self::permanent(error)
            }
            OnceError::Table(error) => error.into(),
        }
    }
}

impl Idempotency {
    /// Writes `effects` and the record that holds `result`, or neither. If the key was there before, with the same
    /// payload, nothing is written and the result of then is the answer.
    ///
    /// `effects` are at most 99. A record that has expired counts as absent, whether or not it was swept. Conflicts with other
    /// transactions are tried again, and are [`OnceError::Busy`] in the end. A key is for this or for
    /// [`run`](Self::run), not for both.
    pub async fn transact<R: Serialize + DeserializeOwned>(
        &self,
        cx: &Cx,
        key: &OnceKey,
        payload_hash: &str,
        result: R,
        effects: Vec<Write>,
    ) -> Result<Settled<R>, OnceError> {
        let now = cx.clock.now_ms();
        let record = Record::done(key, payload_hash, now, serde_json::to_string(&result)?);
        let mut writes = vec![self.records.putting(&record, &Condition::AbsentOrExpired(now.div_euclid(1000)))];
        writes.extend(effects);
        let reasons = match self.client.transact(cx, writes).await {
            Ok(()) => {
                cx.event.set(fields::ONCE, "ran");
                return Ok(Settled { result, replayed: false });
            }
            Err(error) if error.is_busy() => return Err(OnceError::Busy { until: None }),
            Err(TableError::Cancelled(reasons)) => reasons,
            Err(error) => return Err(error.into()),
        };
        match reasons.first() {
            Some(Reason::Condition(Some(found))) => {
                let found: Record = found.read()?;
                if found.attempt == record.attempt {
                    // The answer to an earlier try was lost, and this is its work.
                    return Ok(Settled { result, replayed: false });
                }
                settled(cx, &found, payload_hash)
            }
            // Nothing says what was in the way; the same call finds out.
            Some(Reason::Condition(None)) => Err(OnceError::Busy { until: None }),
            _ if reasons.iter().skip(1).any(|r| matches!(r, Reason::Condition(_) | Reason::Other(_))) => {
                Err(OnceError::Refused(reasons.into_iter().skip(1).collect()))
            }
            _ => Err(TableError::Cancelled(reasons).into()),
        }
    }

    /// The result that is there already, if any: for a caller that would otherwise refuse a repetition because the
    /// world has changed since (a strong read of one item).
    pub async fn replay<R: DeserializeOwned>(
        &self,
        cx: &Cx,
        key: &OnceKey,
        payload_hash: &str,
    ) -> Result<Option<R>, OnceError> {
        let Some(found) = self.records.get(cx, &key.text, Consistency::Strong).await? else { return Ok(None) };
        if found.standing(payload_hash, cx.clock.now_ms()) == Standing::Over {
            return Ok(None);
        }
        settled(cx, &found, payload_hash).map(|settled| Some(settled.result))
    }
}

/// What the record of an earlier time says.
fn settled<R: DeserializeOwned>(cx: &Cx, found: &Record, payload_hash: &str) -> Result<Settled<R>, OnceError> {
    let (once, settled) = match found.standing(payload_hash, cx.clock.now_ms()) {
        Standing::Done(result) => {
            ("replayed", serde_json::from_str(&result).map(|result| Settled { result, replayed: true })?)
        }
        Standing::Held(until) => return Err(OnceError::Busy { until: Timestamp::from_millisecond(until).ok() }),
        // It ended between the transaction and now.
        Standing::Over => return Err(OnceError::Busy { until: None }),
        Standing::Stuck => return Err(OnceError::Stuck),
        Standing::Mismatch => return Err(OnceError::Mismatch),
    };
    cx.event.set(fields::ONCE, once);
    Ok(settled)
}
