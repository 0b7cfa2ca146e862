//! Orders: what was bought, at the catalogue's prices.
//!
//! An order's partition key is its owner's identity, and every function here takes the owner's session: a query for
//! another person's orders cannot be written by mistake.
//!
//! The newest is the one with the greatest id, which begins with the time of the environment that
//! took it. Environments on Lambda keep the time to within milliseconds; an order that was taken by
//! one whose clock is behind stands where its `created_at` says, below orders that came before it.
//! Nothing is lost or hidden by that, and pages neither skip nor repeat: a number from the table
//! would cost a write to one more item, and orders of one person would wait for each other.

use crate::{
    env,
    ids::{OrderId, ProductId, UserId},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    session::SignedIn,
    table::{Consistency, Direction, Item, Key, Page, PartitionQuery, Position, Table, TableError, TableSpec},
    version::{Version, Versioned},
};
use std::time::Duration;

/// The most lines of orders in one part of an export. The longest line takes 640 bytes of Lambda's
/// answer, an order without its lines 200, and an answer may have 6 MB ("Lambda quotas").
const EXPORT_LINES: usize = 5_000;
/// Orders that an export reads at a time.
const EXPORT_PAGE: usize = 100;
/// An export that has less time left than this ends its part.
const EXPORT_RESERVE: Duration = Duration::from_secs(4);

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// What.
    pub product_id: ProductId,
    /// What it was called when it was bought.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// What one cost.
    pub unit_price_cents: u64,
    /// The version of the product that the price is from.
    pub product_version: Version,
}

/// Where an order is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// It was accepted.
    Placed,
}

/// One order of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Who ordered.
    pub user_id: UserId,
    /// Where it is on its way.
    pub status: OrderStatus,
    /// Its lines.
    pub items: Vec<OrderLine>,
    /// What it costs in all.
    pub total_cents: u64,
    /// When it was placed.
    pub created_at: Timestamp,
    /// How often it was written.
    pub version: Version,
}

impl Versioned for Order {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Order {
    const TABLE: TableSpec = TableSpec::new(env::ORDERS_TABLE);
    type Key = (UserId, OrderId);

    fn key_of((user, order): &(UserId, OrderId)) -> Key {
        Key::sorted(format!("user#{user}"), format!("order#{order}"))
    }

    fn key(&self) -> Key {
        Self::key_of(&(self.user_id, self.id))
    }
}

/// The orders of everybody, to be read by their owners.
pub struct Orders {
    table: Table<Order>,
}

impl FromApp for Orders {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table()? })
    }
}

impl Orders {
    /// An order of the owner's. Somebody else's is as absent as one that was never placed, and takes the same read.
    pub async fn get(&self, cx: &Cx, owner: &SignedIn, id: OrderId) -> Result<Option<Order>, TableError> {
        self.table.get(cx, &(owner.subject().into(), id), Consistency::Strong).await
    }

    /// A page of the owner's orders, newest first: an order's id begins with its time.
    pub async fn list(
        &self,
        cx: &Cx,
        owner: &SignedIn,
        limit: usize,
        after: Option<&Position>,
    ) -> Result<Page<Order>, TableError> {
        self.table.query(cx, &of(owner), limit, after).await
    }

    /// The owner's orders, newest first, as many as one answer holds: up to 5,000 lines, as long as
    /// there is time. At least one, if there are any.
    pub async fn export(
        &self,
        cx: &Cx,
        owner: &SignedIn,
        mut after: Option<Position>,
    ) -> Result<Page<Order>, TableError> {
        let (mut items, mut lines) = (Vec::<Order>::new(), 0);
        loop {
            let page = match self.list(cx, owner, EXPORT_PAGE, after.as_ref()).await {
                // What was read is worth having, and says where to go on.
                Err(error) if error.is_unavailable() && after.is_some() && !items.is_empty() => break,
                page => page?,
            };
            for order in page.items {
                lines += order.items.len();
                if lines > EXPORT_LINES && !items.is_empty() {
                    return Ok(Page { next: items.last().map(position).transpose()?, items });
                }
                items.push(order);
            }
            after = page.next;
            if after.is_none() || cx.time_left() < EXPORT_RESERVE {
                break;
            }
        }
        Ok(Page { items, next: after })
    }

    /// What the cursors of [`list`](Self::list) are bound to: one owner's are another's nonsense.
    pub fn scope(&self, owner: &SignedIn) -> String {
        self.table.query_scope(&of(owner))
    }
}

/// Where the listing of its owner's orders goes on after `order`.
fn position(order: &Order) -> Result<Position, TableError> {
    Position::after(order.key().sk.unwrap_or_default())
}

fn of(owner: &SignedIn) -> PartitionQuery {
    let partition = format!("user#{}", UserId::from(owner.subject()));
    PartitionQuery::of(partition).prefix("order#").order(Direction::Descending).consistency(Consistency::Strong)
}
