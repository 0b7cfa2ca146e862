//! A whole batch in one transaction.
//!
//! If a consumer wrote its counters message by message, the transactions for a popular item would
//! conflict with each other. So it adds up its batch first, and writes the sums together with the
//! records of all messages that they contain.

use super::{
    Idempotency, RecordKey,
    key::is_same_payload,
    record::{Record, Standing},
};
use crate::{
    context::Cx,
    queue::{Delivery, Failed},
    table::{Condition, Consistency, Reason, TableError, Write},
    telemetry::fields,
};
use std::collections::HashSet;

/// The most writes of one transaction ("Amazon DynamoDB Transactions: How it works").
const WRITES: usize = 100;
/// How often the records are read, if other consumers keep doing a part of the batch meanwhile.
const ROUNDS: usize = 4;

impl Idempotency {
    /// Does the effects of those `deliveries` that were not done before, in one transaction with
    /// their records. The result says of each delivery how it went: `Ok` if it is done, now or
    /// earlier.
    ///
    /// `effects` gets the indices of the deliveries to do, each id once, and returns the writes for
    /// exactly these, summed up as it likes. If the batch does not fit into one transaction, or an
    /// effect is refused, the batch is halved, so that one message cannot make the others fail.
    pub async fn transact_all(
        &self,
        cx: &Cx,
        deliveries: &[&Delivery],
        effects: impl Fn(&[usize]) -> Vec<Write>,
    ) -> Vec<Result<(), Failed>> {
        let mut fates: Vec<Option<Result<(), Failed>>> = vec![None; deliveries.len()];
        let mut heads = Vec::new();
        let (first, again) = repeated(deliveries);
        let mut parts = vec![first];
        while let Some(part) = parts.pop() {
            match Box::pin(self.part(cx, deliveries, &part, &effects)).await {
                Ok(done) => done.into_iter().for_each(|(place, fate)| fates[place] = Some(fate)),
                Err(Whole::TooLarge | Whole::Refused(_) | Whole::Odd(_)) if part.len() > 1 => {
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([right.to_vec(), left.to_vec()]);
                }
                Err(Whole::TooLarge) => heads.extend(part.iter().map(|p| (*p, Failed::permanent("too many writes")))),
                Err(Whole::Refused(why)) => heads.extend(part.iter().map(|p| (*p, Failed::permanent(&why)))),
                Err(Whole::Odd(failed) | Whole::Failed(failed)) => {
                    heads.extend(part.iter().map(|p| (*p, failed.clone())));
                }
            }
        }
        for (place, failed) in heads {
            fates[place] = Some(Err(failed));
        }
        for (place, original) in again {
            // The same payload under the same id has the same result.
            let same = is_same_payload(&deliveries[place].payload_hash, &deliveries[original].payload_hash);
            fates[place] = if same { fates[original].clone() } else { Some(Err(Failed::permanent(MISMATCH))) };
        }
        fates.into_iter().map(|fate| fate.unwrap_or_else(|| Err(Failed::retry("not reached")))).collect()
    }

    /// One transaction, for the deliveries at the indices in `part`.
    async fn part(
        &self,
        cx: &Cx,
        deliveries: &[&Delivery],
        part: &[usize],
        effects: &impl Fn(&[usize]) -> Vec<Write>,
    ) -> Result<Vec<(usize, Result<(), Failed>)>, Whole> {
        let keys: Vec<_> = part.iter().map(|&p| RecordKey::delivery(deliveries[p])).collect();
        let texts: Vec<_> = keys.iter().map(|k| k.text.clone()).collect();
        for _ in 0..ROUNDS {
            let now = cx.clock.now_ms();
            let found = self.records.get_many(cx, &texts, Consistency::Strong).await.map_err(Whole::failed)?;
            let (mut fates, mut fresh, mut writes) = (Vec::new(), Vec::new(), Vec::new());
            for ((&place, key), found) in part.iter().zip(&keys).zip(found) {
                let hash = &deliveries[place].payload_hash;
                let standing = found.as_ref().map_or(Standing::Over, |f| f.standing(hash, now));
                if standing == Standing::Over {
                    let record = Record::done(key, hash, now, "null".to_owned());
                    writes.push(self.records.putting(&record, &Condition::AbsentOrExpired(now.div_euclid(1000))));
                    fresh.push(place);
                } else {
                    fates.push((place, fate(&standing)));
                }
            }
            if fresh.is_empty() {
                return Ok(fates);
            }
            let records = writes.len();
            writes.extend(effects(&fresh));
            if writes.len() > WRITES {
                return Err(Whole::TooLarge);
            }
            match self.client.transact(cx, writes).await {
                Ok(()) => {
                    cx.event.count(fields::ONCE_RAN, records as u64);
                    fates.extend(fresh.into_iter().map(|place| (place, Ok(()))));
                    return Ok(fates);
                }
                // Another consumer has done one of them since the records were read.
                Err(TableError::Cancelled(reasons))
                    if reasons.iter().take(records).any(|r| matches!(r, Reason::Condition(_))) => {}
                Err(TableError::Cancelled(reasons))
                    if reasons.iter().skip(records).any(|r| matches!(r, Reason::Condition(_))) =>
                {
                    return Err(Whole::Refused(TableError::Cancelled(reasons).to_string()));
                }
                Err(error) => return Err(Whole::failed(error)),
            }
        }
        Err(Whole::Failed(Failed::retry("others keep doing parts of this batch")))
    }
}

const MISMATCH: &str = "the same id came with another payload before";

/// Why a part was not done in one transaction.
enum Whole {
    TooLarge,
    Refused(String),
    /// A defect of the program or of an item, probably caused by one message.
    Odd(Failed),
    Failed(Failed),
}

impl Whole {
    fn failed(error: TableError) -> Self {
        match &error {
            TableError::Cancelled(reasons) if reasons.iter().any(|r| matches!(r, Reason::Other(_))) => {
                Self::Odd(error.into())
            }
            TableError::Refused { .. } | TableError::Corrupt(_) => Self::Odd(error.into()),
            _ => Self::Failed(error.into()),
        }
    }
}

fn fate(standing: &Standing) -> Result<(), Failed> {
    match standing {
        Standing::Over | Standing::Done(_) => Ok(()),
        Standing::Held(until) => Err(Failed::busy_until_ms(*until)),
        Standing::Stuck => Err(Failed::permanent("the record is locked and has no deadline")),
        Standing::Mismatch => Err(Failed::permanent(MISMATCH)),
    }
}

/// The indices of the first message of each id; and of the others, each with the index of its
/// first.
fn repeated(deliveries: &[&Delivery]) -> (Vec<usize>, Vec<(usize, usize)>) {
    let (mut first, mut again, mut ids) = (Vec::<usize>::new(), Vec::new(), HashSet::new());
    for (place, delivery) in deliveries.iter().enumerate() {
        if ids.insert(&delivery.id) {
            first.push(place);
        } else if let Some(&original) = first.iter().find(|&&p| deliveries[p].id == delivery.id) {
            again.push((place, original));
        }
    }
    (first, again)
}
