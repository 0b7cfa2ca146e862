//! A client's idempotency key: one transaction with the effect.

mod refusals;
mod repetitions;

use serde::{Deserialize, Serialize};
use shared::{
    clock::Clock,
    context::Cx,
    env::Var,
    idempotency::{Idempotency, IdempotencyError, RecordKey, Settled, payload_hash},
    table::{Client, Condition, Consistency, Item, Key, Reason, Shards, Table, TableSpec},
    version::{Version, Versioned},
};
use std::time::Duration;
use tests::{
    dynamo::Tables,
    fault_injector::{Rule, error},
};

/// What a request makes. Each attempt draws its own number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    number: u32,
    version: Version,
}

impl Versioned for Made {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Made {
    const TABLE: TableSpec = TableSpec::new(&Var::required("TESTS_TABLE"));
    type Key = u32;
    fn key_of(number: &u32) -> Key {
        Key::simple(format!("made#{number}"))
    }
    fn key(&self) -> Key {
        Self::key_of(&self.number)
    }
}

struct Shop {
    once: Idempotency,
    made: Table<Made>,
    clock: Clock,
}

impl Shop {
    fn new(tables: &Tables, client: &Client) -> Self {
        let once = Idempotency::new(client, tables.name("Once"));
        Self { once, made: tables.table(client, "Users", Shards::ONE), clock: Clock::manual(crate::helpers::START) }
    }

    async fn post(&self, key: &str, body: &str, number: u32) -> Result<Settled<u32>, IdempotencyError> {
        let cx = Cx::new(self.clock.clone(), "request", Duration::from_secs(10));
        let key = RecordKey::request("user", "make", key).unwrap();
        let made = Made { number, version: Version::FIRST };
        let effects = vec![self.made.creating(&made)];
        self.once.transact(&cx, &key, &payload_hash(&body).unwrap(), number, effects).await
    }

    /// How many of the numbers up to `n` were made.
    async fn count(&self, n: u32) -> usize {
        let numbers: Vec<_> = (0..n).collect();
        let found = self.made.get_many(&Cx::detached(), &numbers, Consistency::Strong).await.unwrap();
        found.into_iter().flatten().count()
    }
}
