//! Summaries: how many orders each person has placed, and their sum. The analytics worker keeps
//! them, so that no request adds up orders.
//!
//! A summary is one item for each person. The worker writes it once for each batch, in one
//! transaction with the records that mark the orders as counted. So it is exact, but a moment
//! behind: [`OrderSummary::as_of`] says when it was written.

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

/// The sum of a person's orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrderSummary {
    /// How many orders there are.
    #[schemars(example = 3)]
    pub count: u64,
    /// Their total, in cents of US dollars.
    #[schemars(example = 12_960)]
    pub total_cents: u64,
    /// When the orders were last counted; `null` if there are none.
    #[schemars(with = "Option<DateTime>")]
    pub as_of: Option<Timestamp>,
}

/// The item of a summary.
#[derive(Debug, Serialize, Deserialize)]
struct StoredSummary {
    pk: String,
    count: u64,
    total_cents: u64,
    as_of: Timestamp,
    version: Version,
}

impl From<StoredSummary> for OrderSummary {
    fn from(StoredSummary { count, total_cents, as_of, .. }: StoredSummary) -> Self {
        Self { count, total_cents, as_of: Some(as_of) }
    }
}

impl Versioned for StoredSummary {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for StoredSummary {
    const TABLE: TableSpec = Counters::TABLE;
    type Key = UserId;

    fn key_of(user: &UserId) -> Key {
        Key::sorted(format!("summary#{user}"), "orders")
    }

    fn key(&self) -> Key {
        Key::sorted(&self.pk, "orders")
    }
}

/// Reads and counts summaries.
pub struct Summaries {
    table: Table<StoredSummary>,
}

impl FromApp for Summaries {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table()? })
    }
}

impl Summaries {
    /// Reads the summary of a person; zero if no order is counted yet.
    pub async fn get(&self, cx: &Cx, user: UserId) -> Result<OrderSummary, TableError> {
        let found = self.table.get(cx, &user, Consistency::Eventual).await?;
        Ok(found.map(OrderSummary::from).unwrap_or_default())
    }

    /// The writes that count these orders at `now`, for the transaction that records them as
    /// counted: one for each person.
    pub fn counting<'a>(&self, orders: impl IntoIterator<Item = &'a OrderPlaced>, now: Timestamp) -> Vec<Write> {
        let mut sums = BTreeMap::<UserId, (i64, i64)>::new();
        for order in orders {
            let (count, cents) = sums.entry(order.user_id).or_default();
            *count += 1;
            // `checkout::MAX_CENTS` limits an order's total, so that the sum cannot overflow.
            *cents = cents.saturating_add_unsigned(order.total_cents);
        }
        let at = Attribute::Text(now.to_string());
        let write = |(user, (count, cents))| {
            self.table.accumulating(&user, &[("count", count), ("total_cents", cents)], &[("as_of", at.clone())])
        };
        sums.into_iter().map(write).collect()
    }
}
