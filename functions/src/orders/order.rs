//! Orders: what a person bought, at the catalogue's prices.
//!
//! The partition key of an order contains its owner's id, and every function here takes the owner's
//! session. So nobody can write a query for another person's orders by mistake.
//!
//! Orders are sorted by their ids, which begin with the time of the environment that placed them.
//! Lambda's clocks agree within milliseconds. If the clock of an environment is behind, its order
//! stands where its `created_at` says, below orders that came before it. Nothing is lost, and pages
//! neither skip nor repeat an order. A number from the table would sort better, but it would cost a
//! write to one more item, and orders of one person would wait for each other.

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

/// The most lines of orders in one part of an export. The longest line takes 640 bytes of the
/// answer, an order without its lines 200, and Lambda allows 6 MB ("Lambda quotas").
const EXPORT_LINES: usize = 5_000;
/// How many orders an export reads at a time.
const EXPORT_PAGE: usize = 100;
/// An export ends its part when it has less time left than this.
const EXPORT_RESERVE: Duration = Duration::from_secs(4);

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// The product.
    pub product_id: ProductId,
    /// The name that the product had when it was ordered.
    #[schemars(example = "First Flush Assam")]
    pub name: String,
    /// How many pieces of the product.
    #[schemars(example = 2)]
    pub quantity: u32,
    /// The price of one piece when it was ordered, in cents of US dollars.
    #[schemars(example = 2_190)]
    pub unit_price_cents: u64,
    /// The version of the product that name and price are from.
    pub product_version: Version,
}

/// The state of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// The order was accepted.
    Placed,
}

/// One order of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The id of the order.
    pub id: OrderId,
    /// The buyer.
    pub user_id: UserId,
    /// The state of the order.
    pub status: OrderStatus,
    /// The lines of the order.
    pub items: Vec<OrderLine>,
    /// The total in cents.
    pub total_cents: u64,
    /// When the order was placed.
    pub created_at: Timestamp,
    /// The number of the latest write.
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

/// Reads orders for their owners.
pub struct Orders {
    table: Table<Order>,
}

impl FromApp for Orders {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table()? })
    }
}

impl Orders {
    /// Reads an order of the owner. Another person's order is absent, like one that does not exist,
    /// and takes the same read.
    pub async fn get(&self, cx: &Cx, owner: &SignedIn, id: OrderId) -> Result<Option<Order>, TableError> {
        self.table.get(cx, &(owner.subject().into(), id), Consistency::Strong).await
    }

    /// Reads a page of the owner's orders, newest first.
    pub async fn list(
        &self,
        cx: &Cx,
        owner: &SignedIn,
        limit: usize,
        after: Option<&Position>,
    ) -> Result<Page<Order>, TableError> {
        self.table.query(cx, &of(owner), limit, after).await
    }

    /// Reads as many of the owner's orders as one answer holds, newest first: up to
    /// 5,000 lines, as long as there is time. At least one order, if there are any.
    pub async fn export(
        &self,
        cx: &Cx,
        owner: &SignedIn,
        mut after: Option<Position>,
    ) -> Result<Page<Order>, TableError> {
        let (mut items, mut lines) = (Vec::<Order>::new(), 0);
        loop {
            let page = match self.list(cx, owner, EXPORT_PAGE, after.as_ref()).await {
                // Answer with the orders that were read; the cursor leads to the rest.
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

    /// The scope to which cursors of [`list`](Self::list) are bound. A cursor of one owner is
    /// invalid for another.
    pub fn scope(&self, owner: &SignedIn) -> String {
        self.table.query_scope(&of(owner))
    }
}

/// The position after `order` in the list of its owner's orders.
fn position(order: &Order) -> Result<Position, TableError> {
    Position::after(order.key().sk.unwrap_or_default())
}

fn of(owner: &SignedIn) -> PartitionQuery {
    let partition = format!("user#{}", UserId::from(owner.subject()));
    PartitionQuery::of(partition).prefix("order#").order(Direction::Descending).consistency(Consistency::Strong)
}
