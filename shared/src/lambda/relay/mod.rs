//! The entrance for table streams: what changed in a table becomes events on queues.

mod batch;
mod change;
mod mapping;

pub use batch::{Relayer, relay};
pub use change::{Change, What};
pub use mapping::{Outlet, Post, Relay};
