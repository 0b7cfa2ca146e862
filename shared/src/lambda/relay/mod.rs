//! The entrance for table streams: a relay turns the changes of a table into events on queues.

mod batch;
mod change;
mod mapping;

pub use batch::{Relayer, relay};
pub use change::{Change, ChangeKind};
pub use mapping::{Destination, Relay, RelayedEvent};
