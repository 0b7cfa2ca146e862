//! Rate limits: how often a client may call a route.
//!
//! A limit protects what is behind it from one client, and the clients from each other. A limit
//! that can be evaded is useless. A limit that fails together with its server, or then refuses
//! everybody, does more harm than good. So a client is whom the CDN or a session identifies
//! ([`Caller`]), and without its server a limit never admits less.
//!
//! # Promises
//! * In any window, wherever it begins, `e` environments together admit at most the quota plus `e *
//!   b`, while L2 answers and keeps its state. `b` is an environment's batch: zero, unless the
//!   limit is [`batched`](Limit::batched). The clocks of environments may differ. When L2 loses its
//!   state, they admit that much again in one window.
//! * A limit that is not batched admits at least 95% of what an exact log would admit to a client
//!   that never stops calling. A batched limit refuses no client that calls less often than a third
//!   of the quota in every window.
//! * All limits of a request are checked in one step, so a refused request uses up none of them.
//! * An environment remembers which clients it has refused, and until when, so abuse costs no round
//!   trip.
//! * A client takes at most 200 bytes for each limit in L2, and every key expires.
//! * When L2 is slow, unreachable or wrong, no request fails, and no client is refused that L2
//!   would admit.
//!   - A limit that guards a password or sends a mail ([`durable`](Limit::durable)) is then counted
//!     in a table, exactly. In a window in which both L2 and the table counted, it admits at most
//!     twice the quota.
//!   - The others fail open, as Envoy's local fallback does: each environment admits the whole
//!     quota by its own count, which includes what L2 admitted for it. The gateway's throttle
//!     bounds the sum. When L2 is back, the environments report what they have admitted meanwhile.
//!   - When the table does not answer either, durable limits fail open as well.
//!
//! # Costs
//! An admitted request costs one round trip (20 us on loopback, 0.3 ms within an availability
//! zone), or none within a batch. In a table it costs one write, and a refused one costs two. `make
//! bench-limits` compares the server's time with GCRA and an exact log.
//!
//! # Layout
//! * `limit`, `overrides`: the limits in the code, and how settings change them.
//! * `client`: what counts as one client.
//! * `window`, `script`: the algorithm, in memory and on L2; `in_table`: in a table.
//! * `local`: an environment's own count, and its batches; `blocked`: the clients that are refused
//!   without a call.
//! * `verdict`: the answer, and its headers.

mod blocked;
mod client;
#[cfg(test)]
mod fleet;
mod in_table;
mod limit;
mod limits;
mod local;
mod overrides;
mod script;
mod verdict;
mod window;

pub use client::Caller;
pub use limit::{By, Limit};
pub use limits::{Limits, Store};
pub use script::WINDOW;
pub use verdict::{Said, Verdict, policy, seconds};
