//! `/api/orders`

mod create;
mod get;
mod list;

pub use create::CreateOrder;
pub use get::GetOrder;
pub use list::ListOrders;

use crate::{
    ids::{OrderId, ProductId},
    orders::{Order, OrderLine, OrderStatus, checkout::CartLine},
};
use garde::Validate;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::openapi::DateTime;

/// What somebody wants to buy, at the catalogue's prices.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    #[garde(length(min = 1, max = 50), dive)]
    #[serde(deserialize_with = "shared::lambda::objects")]
    items: Vec<NewLine>,
    /// The total that the buyer was shown, in cents. If the order costs anything else, the answer
    /// is 409 and nothing is ordered.
    // Requests without it must have the same hash as in earlier releases, which have records of
    // them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    expected_total_cents: Option<u64>,
}

/// A product, and how many of it.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewOrderLine")]
pub struct NewLine {
    #[garde(skip)]
    product_id: ProductId,
    #[garde(range(min = 1, max = 1_000))]
    quantity: u32,
}

impl NewOrder {
    fn lines(&self) -> Vec<CartLine> {
        self.items.iter().map(|line| CartLine { product_id: line.product_id, quantity: line.quantity }).collect()
    }
}

/// An order on the wire.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Order")]
pub struct OrderView {
    id: OrderId,
    status: OrderStatus,
    items: Vec<OrderLine>,
    total_cents: u64,
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let Order { id, status, items, total_cents, created_at, .. } = order;
        Self { id, status, items, total_cents, created_at }
    }
}
