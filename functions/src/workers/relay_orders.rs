//! Relays the orders table's stream: each new order becomes an event.

use super::{ANALYTICS_QUEUE, EMAIL_QUEUE, TO_ANALYTICS, TO_EMAIL};
use crate::{events::UserEvent, orders::Order};
use shared::{
    lambda::{Change, ChangeKind, Relay, RelayedEvent},
    queue::Unreadable,
};

/// Sends events about orders to the workers.
pub struct RelayOrders;

impl Relay for RelayOrders {
    const NAME: &'static str = "relay-orders";
    const DESTINATIONS: &'static [&'static str] = &[EMAIL_QUEUE, ANALYTICS_QUEUE];

    fn events(change: &Change) -> Result<Vec<RelayedEvent>, Unreadable> {
        match (change.kind, change.after::<Order>()?) {
            (ChangeKind::Created, Some(order)) => {
                let placed = UserEvent::OrderPlaced(order.into());
                Ok(vec![TO_EMAIL.event(change, placed.clone())?, TO_ANALYTICS.event(change, placed)?])
            }
            _ => Ok(vec![]),
        }
    }
}
