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
//! * Every call ends with the request's deadline or its own limit, whichever is first: 1.75 s for a
//!   read, 3 s for a write. What failed, was throttled, left unprocessed or refused for contention
//!   is tried again within it, with backoff and jitter, out of one budget of the environment
//!   (`call`).
//! * A table that does not answer is not asked: two timeouts or sixteen broken connections in a row
//!   open its breaker, for two seconds at most (`health`). A read is then refused at once, or
//!   within 250 ms by the one request whose read is the probe; what the cache has is served.
//!   Throttles, conditions and other errors never open it.
//! * A write that was sent is waited for. [`TableError::Unavailable`] means that it may have
//!   happened: the same request under the same idempotency key finds out ([`crate::idempotency`]).
//! * Requests (`table_reads`, `table_writes`, repetitions included), repetitions (`table_retries`),
//!   calls that a breaker refused (`table_refused`), consumed capacity (`rcu`, `wcu`) and time are
//!   in the wide event.
//!
//! # Time
//! A function has 10 s, of which 0.3 s are kept for its answer. The calls of a request share what
//! is left, and most fail the request when they fail, so a hanging table costs the first request of
//! an environment 1.75 s (0.5 s for a connection that may have died, the rest for a table that may
//! be slow), a write 3 s, and the requests after it 250 ms at most. At a constant latency of 1 s
//! each call succeeds: a try gets twice what the table takes lately.
//!
//! # Layout
//! * `client`: the SDK's client; `call`: one call, its tries and its time; `health`: each table's
//!   breaker and pace; `trouble`: why a try came to nothing; `meter`: what a call cost; `n_plus_one`:
//!   reads one by one.
//! * `item`, `shards`: an item's keys and attributes; where a key goes when there are N places.
//! * `point`, `batch`, `query`, `listing`: one item; many; one partition in order; an index over its shards.
//! * `condition`, `transact`: when a write may happen; several writes or none.
//! * `error`, `reason`: what went wrong, by what the caller can do about it.
//! * `cursor`: a position in a listing as text for clients; `counters`: sums that many write at once;
//!   `accumulate`: an item that only grows; `atomic_counters`: sums of one item, read as they are written.

mod accumulate;
mod atomic_counters;
mod batch;
mod call;
mod client;
mod condition;
mod counters;
mod cursor;
mod error;
mod health;
mod item;
mod kind;
mod listing;
mod meter;
mod n_plus_one;
mod point;
mod query;
mod reason;
mod shards;
mod transact;
mod trouble;

pub use crate::version::Consistency;
pub use atomic_counters::Tally;
pub use client::Client;
pub use condition::Condition;
pub use counters::{Adds, Counters};
pub use cursor::{CURSOR_MAX, CursorError, Cursors};
pub use error::TableError;
pub use item::{Attribute, Item, Key};
pub use listing::Listing;
pub use n_plus_one::ONE_BY_ONE_MAX;
pub use point::Table;
pub use query::{Order, Page, Position, Query};
pub use reason::{Found, Reason};
pub use shards::{BadShards, Shards, jump_hash};
pub use transact::Write;
