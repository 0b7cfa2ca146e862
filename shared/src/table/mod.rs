//! Typed items in DynamoDB: the one module that names its SDK.
//!
//! A call costs the same at any size of the table only if it names a key. So there is no scan here,
//! and no filter: a [`Table`] gets items by key, reads one partition in order ([`Table::query`]),
//! and lists an index whose partition is spread over [`Shards`] ([`Table::list`]). What one call
//! costs does not depend on how much is stored.
//!
//! # Promises
//! * An update is conditional on the version that it was based on; a conflict error names the
//!   version that is stored now.
//! * If an eventual read returns an older version than the client has seen, it is repeated as a
//!   strong read. So a client reads its own writes as long as it carries its token
//!   ([`Seen`](crate::version::Seen)).
//! * A listing neither skips nor repeats an item that was in it throughout, whatever is written
//!   meanwhile: a page continues after the last id, not after a count.
//! * Every call ends with the request's deadline or its own limit, whichever is first: 1.75 s for a
//!   read, 3 s for a write. A call that failed, was throttled, left unprocessed or refused because
//!   of contention is tried again within this time, with backoff and jitter. All calls of an
//!   environment share one budget of retries (`call`).
//! * While a table does not answer, it gets no calls: two timeouts or sixteen broken connections in
//!   a row open its breaker, for two seconds at most (`health`). A read is then refused at once;
//!   the one read that is the probe is refused within 250 ms. Callers serve what the cache has.
//!   Throttles, conditions and other errors never open it.
//! * A call waits for every write that it has sent. [`TableError::Unavailable`] means that the
//!   write may have happened: repeating the request with the same idempotency key finds out
//!   ([`crate::idempotency`]).
//! * Requests (`table_reads`, `table_writes`, repetitions included), repetitions (`table_retries`),
//!   calls that a breaker refused (`table_refused`), consumed capacity (`rcu`, `wcu`) and time are
//!   in the wide event.
//!
//! # Time
//! A function has 10 s, of which 0.3 s are reserved for its answer. The calls of a request share
//! what is left, and most fail the request when they fail, so a hanging table costs the first
//! request of an environment 1.75 s (0.5 s for a connection that may have died, the rest for a
//! table that may be slow), a write 3 s, and the requests after it 250 ms at most. At a constant
//! latency of 1 s each call succeeds: a try may take twice as long as the table took recently.
//!
//! # Layout
//! * `client`: the SDK's client; `call`: one call, its tries and its time; `health`: each table's
//!   breaker and pace; `trouble`: why a try failed; `meter`: what a call cost; `n_plus_one`:
//!   notices reads in a loop.
//! * `item`, `spec`, `shards`: an item's keys and attributes; which table it lies in; which shard a
//!   key belongs to.
//! * `point`, `batch`, `query`, `listing`: one item; many; one partition in order; an index over
//!   its shards.
//! * `condition`, `conditional`, `transact`: the condition of a write; the result of a conditional
//!   write; several writes or none.
//! * `error`, `reason`: what went wrong, sorted by what the caller can do about it.
//! * `cursor`: a position in a listing as text for clients; `counters`: sums that many callers
//!   change at once; `accumulate`: an item that only grows; `atomic_counters`: sums of one item,
//!   read as they are written.

mod accumulate;
mod atomic_counters;
mod batch;
mod call;
mod client;
mod coding;
mod condition;
mod conditional;
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
mod spec;
mod transact;
mod trouble;

pub use crate::version::Consistency;
pub use atomic_counters::AtomicCounters;
pub use client::Client;
pub use condition::{Condition, EXPIRES_AT};
pub use counters::{Adds, Counters};
pub use cursor::{CURSOR_MAX, CursorError, Cursors};
pub use error::TableError;
pub use item::{Attribute, Item, Key};
pub use listing::Listing;
pub use n_plus_one::ONE_BY_ONE_MAX;
pub use point::Table;
pub use query::{Direction, Page, PartitionQuery, Position};
pub use reason::{Found, Reason};
pub use shards::{BadShards, Shards, jump_hash};
pub use spec::TableSpec;
pub use transact::Write;
