//! The events that relays send to the workers' queues: typed, versioned JSON.
//!
//! An event holds no e-mail address and no name: a worker that needs the account reads it. There
//! are two kinds. A [`UserEvent`] says what a person did; a worker handles it once. A [`Changed`]
//! says that an item has changed; a worker that keeps copies of the item brings them up to date.

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
        /// The person.
        user_id: UserId,
    },
    /// Somebody has requested a link to the mailbox of an account.
    // Its name on the queue is older than its name here.
    #[serde(rename = "link_asked")]
    LinkRequested {
        /// The account.
        user_id: UserId,
        /// What the link is for.
        purpose: Purpose,
    },
    /// A person has ordered.
    OrderPlaced(OrderPlaced),
}

impl UserEvent {
    /// The person whom the event is about.
    pub fn user_id(&self) -> UserId {
        match self {
            Self::AccountOpened { user_id } | Self::LinkRequested { user_id, .. } => *user_id,
            Self::OrderPlaced(order) => order.user_id,
        }
    }

    /// The order, if the event is about one.
    pub fn order(&self) -> Option<&OrderPlaced> {
        match self {
            Self::OrderPlaced(order) => Some(order),
            Self::AccountOpened { .. } | Self::LinkRequested { .. } => None,
        }
    }
}

/// An order as it was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// The id of the order.
    pub order_id: crate::ids::OrderId,
    /// The buyer.
    pub user_id: UserId,
    /// When the order was placed.
    pub created_at: Timestamp,
    /// The lines of the order.
    pub items: Vec<OrderLine>,
    /// The total in cents.
    pub total_cents: u64,
}

impl From<Order> for OrderPlaced {
    fn from(order: Order) -> Self {
        let Order { id: order_id, user_id, created_at, items, total_cents, .. } = order;
        Self { order_id, user_id, created_at, items, total_cents }
    }
}

impl Message for UserEvent {
    // 2: `LinkRequested` was added.
    const SCHEMA: u16 = 2;

    fn kind(&self) -> &'static str {
        match self {
            Self::AccountOpened { .. } => "account_opened",
            Self::LinkRequested { .. } => "link_asked",
            Self::OrderPlaced(_) => "order_placed",
        }
    }
}

/// An item of which caches, the CDN or the search index keep copies has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Changed {
    /// An account has changed, or was deleted.
    AccountChanged {
        /// The account.
        user_id: UserId,
        /// The version of the item after the change.
        version: Version,
        /// The name of the picture that the account shows no more since this change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        photo_before: Option<String>,
    },
    /// A product was created, changed, or deleted.
    ProductChanged(ProductChanged),
}

/// The product that changed, with its category before and after the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductChanged {
    /// The id of the product.
    pub product_id: ProductId,
    /// The version of the item after the change.
    pub version: Version,
    /// Its category after the change; `None` when it was deleted.
    pub category: Option<String>,
    /// Its category before the change; `None` when it was created.
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
