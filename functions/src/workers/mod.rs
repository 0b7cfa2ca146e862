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

use crate::{
    env,
    events::{Changed, UserEvent},
};
use shared::lambda::Destination;

const TO_EMAIL: Destination<UserEvent> = Destination::new(env::EMAIL_QUEUE_URL);
const TO_ANALYTICS: Destination<UserEvent> = Destination::new(env::ANALYTICS_QUEUE_URL);
const TO_FORGET: Destination<Changed> = Destination::new(env::FORGET_QUEUE_URL);
const TO_INDEX: Destination<Changed> = Destination::new(env::INDEX_QUEUE_URL);
