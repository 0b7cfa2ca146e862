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

use crate::{
    env,
    events::{Changed, Event},
};
use shared::lambda::Outlet;

const TO_EMAIL: Outlet<Event> = Outlet::new(env::EMAIL_QUEUE_URL);
const TO_ANALYTICS: Outlet<Event> = Outlet::new(env::ANALYTICS_QUEUE_URL);
const TO_FORGET: Outlet<Changed> = Outlet::new(env::FORGET_QUEUE_URL);
const TO_INDEX: Outlet<Changed> = Outlet::new(env::INDEX_QUEUE_URL);
