//! A whole batch in one transaction.
//!
//! A consumer that counts would write one counter a message, and a viral item's counter would be one conflict after
//! another. So it adds its batch up first, and writes the sums with the records of all the messages that are in them.

use super::{
    Idempotency, OnceKey,
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

/// DynamoDB takes this many writes in one transaction ("Amazon DynamoDB Transactions: How it works").
const WRITES: usize = 100;
/// How often the records are read again because somebody else did some of the batch in between.
const ROUNDS: usize = 4;

impl Idempotency {
    /// Does the effects of `deliveries` that were not done before, all in one transaction with their records, and says
    /// of each how it went: `Ok` for what is done, now or before.
    ///
    /// `effects` is handed the places of what is to be done, without repetitions, and answers with the writes for exactly
    /// these, summed up as it likes. A batch that does not fit a transaction, or of which an effect is refused, is
    /// halved, so that one message cannot take the others along.
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
            // The same payload under the same id shares its fate.
            let same = is_same_payload(&deliveries[place].payload_hash, &deliveries[original].payload_hash);
            fates[place] = if same { fates[original].clone() } else { Some(Err(Failed::permanent(MISMATCH))) };
        }
        fates.into_iter().map(|fate| fate.unwrap_or_else(|| Err(Failed::retry("not reached")))).collect()
    }

    /// One transaction, for the places in `part`.
    async fn part(
        &self,
        cx: &Cx,
        deliveries: &[&Delivery],
        part: &[usize],
        effects: &impl Fn(&[usize]) -> Vec<Write>,
    ) -> Result<Vec<(usize, Result<(), Failed>)>, Whole> {
        let keys: Vec<_> = part.iter().map(|&p| OnceKey::delivery(deliveries[p])).collect();
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
                // Another consumer did one of them since it was read.
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

/// Why a part was not done as a whole.
enum Whole {
    TooLarge,
    Refused(String),
    /// A defect, of the program or of an item: likely one message's.
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

/// The places of the first message of each id, and of the others with the place of their first.
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
