//! What runs outside the request: relays from the tables' streams, and consumers of queues.

mod email;
mod relay_orders;
mod relay_users;

pub use email::SendEmail;
pub use relay_orders::RelayOrders;
pub use relay_users::RelayUsers;

use crate::events::Event;
use shared::lambda::Outlet;

/// The queue of the e-mail worker.
const EMAIL_QUEUE: &str = "EMAIL_QUEUE_URL";
const TO_EMAIL: Outlet<Event> = Outlet::new(EMAIL_QUEUE);
