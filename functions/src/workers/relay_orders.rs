//! Relays the orders table's stream: each new order becomes an event.

use super::{TO_ANALYTICS, TO_EMAIL, queues};
use crate::{events::UserEvent, orders::Order};
use shared::{
    env::Var,
    lambda::{Change, ChangeKind, Relay, RelayedEvent},
    queue::Unreadable,
};

/// Sends events about orders to the workers.
pub struct RelayOrders;

impl Relay for RelayOrders {
    const NAME: &'static str = "relay-orders";
    const DESTINATIONS: &'static [&'static Var] = &[queues::EMAIL_QUEUE_URL, queues::ANALYTICS_QUEUE_URL];

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
