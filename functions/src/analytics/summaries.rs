//! What a person has ordered in all: a number and a sum, kept by the analytics worker so that nobody adds up orders while a
//! person waits.
//!
//! A summary is one item a person and is written once a batch, with the record that says so: exact, and a moment behind.
//! [`OrderSummary::as_of`] says how much.

use crate::{events::OrderPlaced, ids::UserId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    openapi::DateTime,
    table::{Attribute, Consistency, Counters, Item, Key, Table, TableError, TableSpec, Write},
    version::{Version, Versioned},
};
use std::collections::BTreeMap;

/// What a person has ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrderSummary {
    /// How many orders.
    pub count: u64,
    /// What they cost in all.
    pub total_cents: u64,
    /// When it was last counted; `null` while there is nothing to count.
    #[schemars(with = "Option<DateTime>")]
    pub as_of: Option<Timestamp>,
}

/// The item: a summary under its owner's key.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    pk: String,
    count: u64,
    total_cents: u64,
    as_of: Timestamp,
    version: Version,
}

impl From<Stored> for OrderSummary {
    fn from(Stored { count, total_cents, as_of, .. }: Stored) -> Self {
        Self { count, total_cents, as_of: Some(as_of) }
    }
}

impl Versioned for Stored {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Stored {
    const TABLE: TableSpec = Counters::TABLE;
    type Key = UserId;

    fn key_of(user: &UserId) -> Key {
        Key::sorted(format!("summary#{user}"), "orders")
    }

    fn key(&self) -> Key {
        Key::sorted(&self.pk, "orders")
    }
}

/// The summaries of everybody.
pub struct Summaries {
    table: Table<Stored>,
}

impl FromApp for Summaries {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table()? })
    }
}

impl Summaries {
    /// What a person has ordered; zero when nothing of it was counted yet.
    pub async fn get(&self, cx: &Cx, user: UserId) -> Result<OrderSummary, TableError> {
        let found = self.table.get(cx, &user, Consistency::Eventual).await?;
        Ok(found.map(OrderSummary::from).unwrap_or_default())
    }

    /// What these orders add, as writes of the transaction that marks them as counted at `now`: one a person.
    pub fn counting<'a>(&self, orders: impl IntoIterator<Item = &'a OrderPlaced>, now: Timestamp) -> Vec<Write> {
        let mut sums = BTreeMap::<UserId, (i64, i64)>::new();
        for order in orders {
            let (count, cents) = sums.entry(order.user_id).or_default();
            *count += 1;
            // An order's total is an integer that a double holds; see `checkout::MAX_CENTS`.
            *cents = cents.saturating_add_unsigned(order.total_cents);
        }
        let at = Attribute::Text(now.to_string());
        let write = |(user, (count, cents))| {
            self.table.accumulating(&user, &[("count", count), ("total_cents", cents)], &[("as_of", at.clone())])
        };
        sums.into_iter().map(write).collect()
    }
}
