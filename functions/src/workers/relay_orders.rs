//! The orders table's stream: an order that was placed is an event.

use super::{TO_ANALYTICS, TO_EMAIL};
use crate::{env, events::Event, orders::Order};
use shared::{
    env::Var,
    lambda::{Change, Post, Relay, What},
    queue::Unreadable,
};

/// Tells the workers about orders.
pub struct RelayOrders;

impl Relay for RelayOrders {
    const NAME: &'static str = "relay-orders";
    const OUTLETS: &'static [&'static Var] = &[env::EMAIL_QUEUE_URL, env::ANALYTICS_QUEUE_URL];

    fn events(change: &Change) -> Result<Vec<Post>, Unreadable> {
        match (change.what, change.after::<Order>()?) {
            (What::Created, Some(order)) => {
                let placed = Event::OrderPlaced(order.into());
                Ok(vec![TO_EMAIL.post(change, placed.clone())?, TO_ANALYTICS.post(change, placed)?])
            }
            _ => Ok(vec![]),
        }
    }
}
