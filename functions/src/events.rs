//! What happened, as it leaves the tables: typed, versioned JSON on the workers' queues.
//!
//! Events hold no address and no name: a worker reads the account when it needs it, as it is by then. There are two kinds:
//! what people did, which is done something about once, and what has changed, which whoever keeps a copy follows.

use crate::{
    accounts::links::Purpose,
    ids::{ProductId, UserId},
    orders::{Order, OrderLine},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{queue::Message, version::Version};

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum UserEvent {
    /// A person has signed up.
    AccountOpened {
        /// Who.
        user_id: UserId,
    },
    /// Somebody has asked for a link to an account's mailbox.
    // Its name on the queue is older than its name here.
    #[serde(rename = "link_asked")]
    LinkRequested {
        /// Whose account.
        user_id: UserId,
        /// What for.
        purpose: Purpose,
    },
    /// A person has ordered.
    OrderPlaced(OrderPlaced),
}

impl UserEvent {
    /// Whose it is.
    pub fn user_id(&self) -> UserId {
        match self {
            Self::AccountOpened { user_id } | Self::LinkRequested { user_id, .. } => *user_id,
            Self::OrderPlaced(order) => order.user_id,
        }
    }

    /// The order, if it is about one.
    pub fn order(&self) -> Option<&OrderPlaced> {
        match self {
            Self::OrderPlaced(order) => Some(order),
            Self::AccountOpened { .. } | Self::LinkRequested { .. } => None,
        }
    }
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

impl Message for UserEvent {
    // 2: links that were asked for.
    const SCHEMA: u16 = 2;

    fn kind(&self) -> &'static str {
        match self {
            Self::AccountOpened { .. } => "account_opened",
            Self::LinkRequested { .. } => "link_asked",
            Self::OrderPlaced(_) => "order_placed",
        }
    }
}

/// An item that others keep a copy of has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Changed {
    /// An account has changed, or was deleted.
    AccountChanged {
        /// Whose.
        user_id: UserId,
        /// The version that the change gave it.
        version: Version,
        /// The picture that the change took away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        photo_before: Option<String>,
    },
    /// A product is new, other than it was, or gone.
    ProductChanged(ProductChanged),
}

/// Which product changed, and in which categories it stands and stood: what is known about it elsewhere is outdated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductChanged {
    /// Which product.
    pub product_id: ProductId,
    /// The version that the change gave it.
    pub version: Version,
    /// Its category now; `None` when it is gone.
    pub category: Option<String>,
    /// Its category before; `None` when it is new.
    pub category_before: Option<String>,
}

impl Message for Changed {
    const SCHEMA: u16 = 1;

    fn kind(&self) -> &'static str {
        match self {
            Self::AccountChanged { .. } => "account_changed",
            Self::ProductChanged(_) => "product_changed",
        }
    }
}
