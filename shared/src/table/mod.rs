//! Typed items in DynamoDB: the one module that names its SDK.
//!
//! DynamoDB keeps its promise of a constant cost at any size only to those who ask by key. So there is no scan here, and
//! no filter: a [`Table`] gets by key, reads one partition in order ([`Table::query`]), and lists an index whose
//! partition is spread over [`Shards`] ([`Table::list`]). What one call costs does not depend on how much is stored.
//!
//! # Promises
//! * An update is conditional on the version that it was based on; a conflict tells the version that is there now.
//! * An eventual read that comes back older than the client has seen is done again, strongly. So a client reads its own
//!   writes as long as it carries its token ([`Seen`](crate::version::Seen)).
//! * A listing neither skips nor repeats an item that was in it throughout, whatever is written meanwhile: a page goes
//!   on after the last id, not after a count.
//! * Every call ends with the request's deadline or its own limit, whichever is first; what DynamoDB left unprocessed,
//!   throttled or refused for contention is tried again within it, with backoff and jitter.
//! * Requests (`table_reads`, `table_writes`), consumed capacity (`rcu`, `wcu`) and time are in the wide event.
//!
//! # Layout
//! * `client`: the SDK's client, its timeouts and retries; `tries`: how often it sent a call; `meter`: what a call cost;
//!   `guard`: reads one by one.
//! * `item`, `shards`: an item's keys and attributes; where a key goes when there are N places.
//! * `point`, `batch`, `query`, `listing`: one item; many; one partition in order; an index over its shards.
//! * `condition`, `transact`: when a write may happen; several writes or none.
//! * `error`, `reason`: what went wrong, by what the caller can do about it.
//! * `cursor`: a position in a listing as text for clients; `counters`: sums that many write at once;
//!   `accumulate`: an item that only grows; `tally`: sums of one item, read as they are written.

mod accumulate;
mod batch;
mod client;
mod condition;
mod counters;
mod cursor;
mod error;
mod guard;
mod item;
mod listing;
mod meter;
mod point;
mod query;
mod reason;
mod shards;
mod tally;
mod transact;
mod tries;

pub use crate::version::Consistency;
pub use client::Client;
pub use condition::Condition;
pub use counters::{Adds, Counters};
pub use cursor::{CURSOR_MAX, CursorError, Cursors};
pub use error::TableError;
pub use guard::ONE_BY_ONE_MAX;
pub use item::{Attribute, Item, Key};
pub use listing::Listing;
pub use point::Table;
pub use query::{Order, Page, Position, Query};
pub use reason::{Found, Reason};
pub use shards::{BadShards, Shards, jump_hash};
pub use tally::Tally;
pub use transact::Write;
