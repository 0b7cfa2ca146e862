//! What happened, as it leaves the tables: typed, versioned JSON on the workers' queues.
//!
//! Events hold no address and no name: a worker reads the account when it needs it, as it is by then.

use crate::{
    ids::{ProductId, UserId},
    orders::{Order, OrderLine},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::queue::Message;

/// An event of the storefront.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A person has signed up.
    AccountOpened {
        /// Who.
        user_id: UserId,
    },
    /// A person has ordered.
    OrderPlaced(OrderPlaced),
    /// A product was made, changed or removed.
    ProductChanged {
        /// Which.
        product_id: ProductId,
        /// Where it stands in the shop; where it stood, when it is gone.
        category: String,
        /// Where it stood before, if it was there before.
        category_before: Option<String>,
    },
}

/// What was ordered, at which prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// Which order.
    pub order_id: crate::ids::OrderId,
    /// Who ordered.
    pub user_id: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Its lines.
    pub items: Vec<OrderLine>,
    /// What it costs in all, in cents.
    pub total_cents: u64,
}

impl From<Order> for OrderPlaced {
    fn from(order: Order) -> Self {
        let Order { id: order_id, user_id, created_at, items, total_cents, .. } = order;
        Self { order_id, user_id, created_at, items, total_cents }
    }
}

impl Message for Event {
    const SCHEMA: u16 = 1;

    fn kind(&self) -> &'static str {
        match self {
            Self::AccountOpened { .. } => "account_opened",
            Self::OrderPlaced(_) => "order_placed",
            Self::ProductChanged { .. } => "product_changed",
        }
    }
}
