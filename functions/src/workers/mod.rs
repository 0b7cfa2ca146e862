//! Work outside of requests: relays, which read the tables' streams, and consumers of queues.

mod analytics;
mod email;
mod forget;
mod index;
mod relay_orders;
mod relay_products;
mod relay_users;
mod spread;

pub use analytics::Analytics;
pub use email::{MailComposer, SendEmail};
pub use forget::Forget;
pub use index::Index;
pub use relay_orders::RelayOrders;
pub use relay_products::RelayProducts;
pub use relay_users::RelayUsers;

use crate::events::{Changed, UserEvent};
use shared::lambda::Destination;

/// The queue of the e-mail worker.
const EMAIL_QUEUE: &str = "EMAIL_QUEUE_URL";
const TO_EMAIL: Destination<UserEvent> = Destination::new(EMAIL_QUEUE);

/// The queue of the analytics worker.
const ANALYTICS_QUEUE: &str = "ANALYTICS_QUEUE_URL";
const TO_ANALYTICS: Destination<UserEvent> = Destination::new(ANALYTICS_QUEUE);

/// The queue of the worker that makes L2 and the CDN forget.
const FORGET_QUEUE: &str = "FORGET_QUEUE_URL";
const TO_FORGET: Destination<Changed> = Destination::new(FORGET_QUEUE);
/// The queue of the index worker.
const INDEX_QUEUE: &str = "INDEX_QUEUE_URL";
const TO_INDEX: Destination<Changed> = Destination::new(INDEX_QUEUE);
