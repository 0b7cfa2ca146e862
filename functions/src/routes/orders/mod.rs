//! `/api/orders`

mod create;
mod get;
mod list;

pub use create::CreateOrder;
pub use get::GetOrder;
pub use list::ListOrders;

use crate::{
    ids::{OrderId, ProductId},
    orders::{
        Order, OrderLine, OrderStatus,
        checkout::{CartLine, MAX_CENTS},
    },
};
use garde::Validate;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{lambda::list_of, openapi::DateTime};

/// The most lines that an order has.
const LINES_MAX: usize = 50;

/// A new order, at the prices of the catalogue.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// The lines of the order, each with another product.
    #[garde(custom(list_of(1, LINES_MAX)), dive)]
    #[schemars(length(min = 1, max = LINES_MAX))]
    #[serde(deserialize_with = "shared::lambda::objects")]
    items: Vec<NewLine>,
    /// The total that the buyer was shown, in cents of US dollars. If the order costs anything
    /// else, the answer is 409 and nothing is ordered.
    // Requests without it must have the same hash as in earlier releases, which have records of
    // them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schemars(range(max = MAX_CENTS), example = 4_380)]
    expected_total_cents: Option<u64>,
}

/// A line of a new order.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewOrderLine")]
pub struct NewLine {
    #[garde(skip)]
    product_id: ProductId,
    /// How many pieces of the product.
    #[garde(range(min = 1, max = 1_000))]
    #[schemars(example = 2)]
    quantity: u32,
}

impl NewOrder {
    fn lines(&self) -> Vec<CartLine> {
        self.items.iter().map(|line| CartLine { product_id: line.product_id, quantity: line.quantity }).collect()
    }
}

/// An order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Order")]
pub struct OrderView {
    id: OrderId,
    status: OrderStatus,
    /// The lines of the order.
    items: Vec<OrderLine>,
    /// The total, in cents of US dollars.
    #[schemars(example = 4_380)]
    total_cents: u64,
    /// When the order was placed.
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let Order { id, status, items, total_cents, created_at, .. } = order;
        Self { id, status, items, total_cents, created_at }
    }
}
