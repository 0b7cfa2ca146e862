//! Sessions outside the server: any environment can answer any request, and a restart signs nobody
//! out.
//!
//! A session is a row of the table. The client has a secret, and the table stores its SHA-256. All
//! rows of a person share a partition with the person's epoch, which is a counter. A session is
//! live while its row exists and the person's epoch is still the one in which the session began. So
//! "sign out here" removes a row, and "sign out everywhere", a new password and the end of an
//! account raise the epoch by one. A session ends 7 days after its last use, and 30 days after it
//! began. Expiry is compared when a session is read; the table's TTL only cleans up.
//!
//! # Promises
//! * Once a session was ended, no environment accepts it, as long as L2 answers or there is no L2.
//!   If L2 cannot be reached for 1.6 seconds, the request succeeds all the same, and L2 may accept
//!   the session for [`FRESH`] more.
//! * A new password and the end of all sessions are one transaction. A sign-in is a transaction
//!   that checks the password once more. So either the sign-in comes first and the change ends its
//!   session, or it comes second and is refused.
//! * An L2 that was flushed or is gone signs nobody out. While the table does not answer, a session
//!   that L2 holds stays valid for its minute and [`STALE`] at most. So does a session whose end
//!   did not reach L2.
//! * While the signing key cannot be read, people can sign in, and every session stays valid.
//!   Tokens that are made meanwhile have no proof.
//! * A token with a wrong proof costs no call. A token whose session is over costs one lookup a
//!   minute. Tokens without a proof that belong to no session cost at most 60 lookups a minute and
//!   person. Nobody whose token has a proof is refused because of tokens that others send.
//!
//! # Costs
//! A session that L2 holds costs one round trip. Once a minute it costs two strong reads and a
//! second round trip. A sign-in is one strong read and a transaction of two writes.
//!
//! # Beside a release without epochs
//! Sessions of such a release have epoch 0 and stay valid, and their tokens have no proof. The two
//! releases keep separate entries in L2. A session that one release ends may be accepted by the
//! other for five minutes, or for [`FRESH`] by this one. A use that the other release notes loses
//! the epoch, so a person who has raised it since the deploy began may have to sign in again. The
//! other release cannot read a token with a proof, so a person who signs in during the deploy may
//! have to do so again.
//!
//! # Layout
//! * `token`, `record`, `epoch`, `grant`: what a client and the table hold. `credentials`: where a
//!   request carries a token. `identity`: whom a session makes known.
//! * `store`, `end`: how sessions begin, are found and end.
//! * `l2`, `ended`: what saves reads of the table.

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
