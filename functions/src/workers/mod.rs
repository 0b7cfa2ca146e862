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

/// The variables that hold the URLs of the workers' queues.
pub mod queues {
    use shared::env::Unset::Fails;

    shared::variables! {
        /// The URL of the queue of the e-mail worker.
        EMAIL_QUEUE_URL: Fails;
        /// The URL of the queue of the analytics worker.
        ANALYTICS_QUEUE_URL: Fails;
        /// The URL of the queue of the worker that makes L2 and the CDN forget.
        FORGET_QUEUE_URL: Fails;
        /// The URL of the queue of the worker that keeps the search index.
        INDEX_QUEUE_URL: Fails;
    }
}

const TO_EMAIL: Destination<UserEvent> = Destination::new(queues::EMAIL_QUEUE_URL);
const TO_ANALYTICS: Destination<UserEvent> = Destination::new(queues::ANALYTICS_QUEUE_URL);
const TO_FORGET: Destination<Changed> = Destination::new(queues::FORGET_QUEUE_URL);
const TO_INDEX: Destination<Changed> = Destination::new(queues::INDEX_QUEUE_URL);
