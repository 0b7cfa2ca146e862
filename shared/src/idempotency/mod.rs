//! Once: work that is asked for several times and done one time.
//!
//! Queues deliver at least once and clients retry, so every effect meets its own repetition. A record in a table of its
//! own says what was done for a key, with the hash of what was asked and the result, which is what the repetition gets.
//!
//! There are two ways, and the effect decides which:
//!
//! * [`Idempotency::transact`]: the effects are writes of DynamoDB. Record and effects are one transaction: **exactly
//!   once**, whatever is killed when. This is the way of requests with an `Idempotency-Key` and of consumers that count.
//!   [`Idempotency::transact_all`] is the same for a whole batch.
//! * [`Idempotency::run`]: the effect is elsewhere (an e-mail), and nothing can make it one with the record. The record is
//!   a lock while the work runs: **at least once, and twice only if the work was done and its environment died before it
//!   could say so**, or could not write it down while the message was queued a second time.
//!
//! # Promises
//! * Records are read and written strongly consistent; no cache, no index.
//! * A lock has a deadline, and its holder an attempt token: who was overtaken cannot record a result. A lock without a
//!   deadline is never taken over, because nobody can know that its work is over.
//! * The same key with another payload is an error, never somebody else's result. Events of two schemas are not compared.
//! * Expiry is compared with the clock on reading; the table's TTL only cleans up.
//! * Somebody else's lock is no failure: [`Failed::Busy`](crate::queue::Failed) makes the message wait for its end.

mod batch;
mod key;
mod record;
mod run;
mod transact;

pub use key::{BadKey, CONSUMERS, KEY_MAX, OnceKey, payload_hash};
pub use transact::{OnceError, Settled};

use crate::{
    config::{ConfigError, Vars},
    table::{Client, Shards, Table},
};
use record::Record;

/// The variable that names the table of records.
pub const TABLE: &str = "ONCE_TABLE";

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

    /// The records in the table that [`TABLE`] names.
    pub fn from_vars(client: &Client, vars: &Vars) -> Result<Self, ConfigError> {
        Ok(Self::new(client, vars.required(TABLE)?))
    }
}
