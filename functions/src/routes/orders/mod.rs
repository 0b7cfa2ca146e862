//! `/api/orders`

mod create;
mod get;

pub use create::Create;
pub use get::Get;

use crate::{
    ids::OrderId,
    orders::{Order, OrderLine, OrderStatus},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An order on the wire. It is also what a replay of the request that placed it returns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderView {
    id: OrderId,
    status: OrderStatus,
    items: Vec<OrderLine>,
    total_cents: u64,
    created_at: Timestamp,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let Order { id, status, items, total_cents, created_at, .. } = order;
        Self { id, status, items, total_cents, created_at }
    }
}
