//! Who may ask how often.
//!
//! A limit protects what is behind it from one client, and the clients from each other. It is worth
//! nothing if it can be walked around, and too dear if it refuses people who did nothing wrong when
//! its server dies, or takes the service along. So it counts whom the CDN or a session vouches for
//! ([`Caller`]), and it never admits less without its server.
//!
//! # Promises
//! * In any window, wherever it is laid, `e` environments together admit at most the quota plus
//!   `e * b`, while L2 answers and keeps its state. `b` is an environment's batch: nothing, unless
//!   the limit is [`batched`](Limit::batched). The clocks of environments may differ. When L2 loses
//!   its state, they admit as much once more in one window.
//! * A limit that is not batched admits at least 95% of what an exact log would admit to a client
//!   that always wants more. A limit that is batched refuses no client that asks for less than a
//!   third of the quota in every window.
//! * All limits of a request are asked in one step: a refusal uses up nothing.
//! * An environment remembers whom it has refused, and until when: abuse costs no round trip.
//! * A client takes 200 bytes a limit in L2, at most, and every key has an end.
//! * When L2 is slow, gone or wrong, no request fails, and nobody is refused whom L2 would admit.
//!   - A limit that guards a password or sends a mail ([`durable`](Limit::durable)) is counted in a
//!     table instead, exactly. In a window in which both L2 and the table were asked, it admits at
//!     most twice the quota.
//!   - The others fail open, as Envoy's local fallback does: each environment admits the whole
//!     quota of its own counting, what L2 let it admit included. The gateway's throttle bounds the
//!     rest. When L2 is back, it is told what was admitted while it was not asked.
//!   - When the table does not answer either, durable limits fail open as well.
//!
//! # Costs
//! One round trip a request that is admitted (20 us on loopback, 0.3 ms within an availability
//! zone); `make bench-limits` has the server's time, against GCRA and an exact log. None for a
//! request within a batch. In a table it is one write, or two for a refusal.
//!
//! # Layout
//! * `limit`, `overrides`: what is written in the code, and what configuration makes of it.
//! * `client`: who counts as one client.
//! * `window`, `script`: the algorithm, in memory and on L2; `in_table`: in a table.
//! * `local`: an environment's own counting, and its batches; `blocked`: who need not ask.
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
pub use overrides::LIMITS;
pub use script::WINDOW;
pub use verdict::{Said, Verdict, policy, seconds};
