//! Sessions outside the server: any environment can answer any request, and a restart signs nobody out.
//!
//! A session is a row of the table, found by a secret that only the client has: the table stores
//! its SHA-256. All rows of a person share a partition with the person's epoch, a counter: a
//! session is live while its row is there and the epoch in which it began is the person's. So "sign
//! out here" removes a row, and "sign out everywhere", a new password and the end of an account
//! raise the epoch by one. Expiry is compared on read, sliding and absolute; the table's TTL only
//! sweeps up.
//!
//! # Promises
//! * A session that was ended lets nobody in, in any environment, from the answer on, while L2
//!   answers or is none. If L2 cannot be told for 1.6 seconds, the answer is the same, and L2 may
//!   let the session in for [`FRESH`] more.
//! * A new password and the end of all sessions are one transaction. A sign-in is one with the
//!   check of the password that it was for: it comes before the change, and is ended by it, or
//!   after, and is refused.
//! * An L2 that was flushed or is gone signs nobody out. While the table does not answer, a session
//!   that L2 knows works on, for [`STALE`] after its minute at most. So does a session whose end L2
//!   could not be told.
//! * While the signing key cannot be read, people sign in, and every session works on. Tokens of
//!   that time have no proof, and one that was made up costs a lookup.
//! * A token with a proof that was made up costs no call. Of those without one, an environment looks
//!   up 60 a minute and person that nobody has. One that is over costs one lookup a minute. Nobody
//!   whose token has a proof is refused for the tokens that others send.
//!
//! # Costs
//! A session that L2 knows is one round trip. Once a minute it is two strong reads and a second
//! round trip. A sign-in is one strong read and a transaction of two writes.
//!
//! # Beside a release without epochs
//! Its sessions are of epoch 0 and work on, and its tokens have no proof. The two releases hold L2
//! entries of their own: a session that one of them ends can live on in environments of the other,
//! for five minutes there and for [`FRESH`] here. A use that the other release notes loses the
//! epoch, so a person who has raised it since the deploy began may have to sign in again. The other
//! release reads no token with a proof: whoever signs in during the deploy may be asked to again.
//!
//! # Layout
//! * `token`, `record`, `epoch`, `grant`: what a client and the table hold. `credentials`: where a
//!   request carries a token. `identity`: whom a session makes known.
//! * `store`, `end`: how sessions begin, are found and end.
//! * `l2`, `ended`: what need not be asked of the table.

mod credentials;
mod end;
mod ended;
mod epoch;
mod grant;
mod identity;
mod l2;
mod record;
mod store;
mod token;

pub use credentials::Credentials;
use ended::{Ended, Guessed};
pub use epoch::{EndAll, Epoch};
pub use grant::{Grant, Grants};
pub use identity::{Admin, SignedIn};
pub use l2::{FRESH, STALE};
pub use record::{IDLE, LIFETIME, Session, SessionKey};
pub use store::{Sessions, StartError};
pub use token::{COOKIE, Subject, Token};
