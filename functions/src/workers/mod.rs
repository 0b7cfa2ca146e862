//! What runs outside the request: relays from the tables' streams, and consumers of queues.

mod analytics;
mod email;
mod forget;
mod index;
mod relay_orders;
mod relay_products;
mod relay_users;
mod spread;

pub use analytics::Analytics;
pub use email::{Desk, SendEmail};
pub use forget::Forget;
pub use index::Index;
pub use relay_orders::RelayOrders;
pub use relay_products::RelayProducts;
pub use relay_users::RelayUsers;

use crate::events::{Changed, Event};
use shared::lambda::Outlet;

/// The queue of the e-mail worker.
const EMAIL_QUEUE: &str = "EMAIL_QUEUE_URL";
const TO_EMAIL: Outlet<Event> = Outlet::new(EMAIL_QUEUE);

/// The queue of the analytics worker.
const ANALYTICS_QUEUE: &str = "ANALYTICS_QUEUE_URL";
const TO_ANALYTICS: Outlet<Event> = Outlet::new(ANALYTICS_QUEUE);

/// The queue of the worker that makes L2 and the CDN forget.
const FORGET_QUEUE: &str = "FORGET_QUEUE_URL";
const TO_FORGET: Outlet<Changed> = Outlet::new(FORGET_QUEUE);
/// The queue of the index worker.
const INDEX_QUEUE: &str = "INDEX_QUEUE_URL";
const TO_INDEX: Outlet<Changed> = Outlet::new(INDEX_QUEUE);
