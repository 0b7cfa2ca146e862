//! Idempotency: work that is requested several times and done once.
//!
//! Queues deliver a message at least once, and clients retry. So every effect may be requested
//! again. An idempotency record says what was done for a key. It holds the hash of the request and
//! the result, and whoever repeats the request gets that result.
//!
//! There are two ways, and the kind of effect decides which one to use:
//!
//! * [`Idempotency::transact`], if the effects are writes of DynamoDB. Record and effects are one
//!   transaction, so they happen **exactly once**, whenever a process is killed. Requests with an
//!   `Idempotency-Key` and consumers that count use it. [`Idempotency::transact_all`] does the same
//!   for a whole batch.
//! * [`Idempotency::run`], if the effect is elsewhere, such as an e-mail: no transaction can span
//!   it and the record. The record is a lock while the work runs. The work happens **at least
//!   once**. It happens twice only if it was done and could not be recorded, because its
//!   environment died or the table did not answer.
//!
//! # Promises
//! * Records are read and written strongly consistently, without a cache or an index.
//! * A lock has a deadline, and its holder has an attempt token. A holder whose lock was taken over
//!   cannot record a result. A lock without a deadline is never taken over, because nobody can know
//!   whether its work has ended.
//! * A key that comes again with another payload is an error; nobody gets another request's result.
//!   Events of two schemas are not compared.
//! * A reader compares the expiry with its clock. The table's TTL only removes what has expired.
//! * Another consumer's lock is not a failure: [`Failed::Busy`](crate::queue::Failed) lets the
//!   message wait until the lock ends.

mod batch;
mod key;
mod record;
mod run;
mod transact;

pub use key::{BadKey, CONSUMERS, KEY_MAX, RecordKey, payload_hash};
pub use transact::{IdempotencyError, Settled};

use crate::{
    config::{ConfigError, Vars},
    table::{Client, Item, Shards, Table},
};
use record::Record;

/// The records, and the client for transactions that span tables.
#[derive(Debug, Clone)]
pub struct Idempotency {
    client: Client,
    records: Table<Record>,
}

impl Idempotency {
    /// The records in the table `name`: partition key `pk`, TTL attribute `expires_at`.
    pub fn new(client: &Client, name: impl Into<String>) -> Self {
        Self { client: client.clone(), records: Table::new(client, name, Shards::ONE) }
    }

    /// The records in the table that the settings name.
    pub fn from_vars(client: &Client, vars: &Vars) -> Result<Self, ConfigError> {
        Ok(Self::new(client, Record::TABLE.name(vars)?))
    }
}
