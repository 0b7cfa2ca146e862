//! Who may ask how often.
//!
//! A limit protects what is behind it from one client, and the clients from each other. It is worth nothing if it can be
//! walked around, and too dear if it takes the service along when its server dies. So it counts whom the CDN or a session
//! vouches for ([`Caller`]), and it holds, a little looser, without any server.
//!
//! # Promises
//! * Never more than the quota in any window, wherever it is laid, over all environments, while L2 keeps its state; at least
//!   95% of what an exact log would admit to a client who always wants more. After L2 lost its state, at most twice the quota in one window.
//! * All limits of a request are asked in one step: a refusal uses up nothing.
//! * A client takes 200 bytes a limit in L2, at most, and every key has an end.
//! * Who is refused is remembered until it may come again: abuse costs no round trip.
//! * L2 gone, all environments together admit at most `max(1.5 x quota, environments)` in any window, in which L2 was there
//!   or not; `seats.rs` says how, and what of a fleet that grows meanwhile. No request fails for it. (Of a fleet in which only some have lost L2 for longer than a window, those admit their
//!   share beside what the others admit.)
//! * Where there is no L2 by configuration, limits that are [`durable`](Limit::durable) count in a table, exactly; the others are
//!   each environment's own, and the gateway's throttle bounds their sum.
//!
//! # Costs
//! One round trip a request that is admitted (20 us on loopback, 0.3 ms within an availability zone), now and then with one for the seat
//! beside it; `make bench-limits` has the server's time, against GCRA and an exact log. In a table: one write, two for a refusal.
//!
//! # Layout
//! * `limit`, `overrides`: what is written in the code, and what configuration makes of it.
//! * `client`: who counts as one client.
//! * `window`, `script`: the algorithm, in memory and on L2; `tally`: in a table.
//! * `seats`, `local`: L2 gone; `blocked`: who need not ask.
//! * `verdict`: the answer, and its headers.

mod blocked;
mod client;
mod limit;
mod limits;
mod local;
mod overrides;
mod script;
mod seats;
mod tally;
mod verdict;
mod window;

pub use client::{Caller, Edge, Network, NoViewer, ORIGIN_SECRET};
pub use limit::{By, Limit};
pub use limits::{Limits, Store};
pub use overrides::LIMITS;
pub use script::WINDOW;
pub use verdict::{Said, Verdict, policy, seconds};
