//! Sessions outside the server: any environment can answer any request, and a restart signs nobody out.
//!
//! A session is a row of the table, found by a secret that only the client has: the table stores its SHA-256. The token
//! is `<subject>.<secret>`, so that all sessions of one person share a partition and "sign out everywhere" is one
//! strongly consistent query. Expiry is compared on read, sliding and absolute; the table's TTL only sweeps up.
//!
//! Most requests find their session in L2, which nobody needs: flushed, it signs nobody out; the table gone, what L2 knows works
//! on. No environment remembers a session, so one that was ended lets nobody in anywhere.

mod grant;
mod record;
mod store;
mod token;

pub use grant::Grant;
pub use record::{IDLE, LIFETIME, Session, SessionKey};
pub use store::{EndError, Sessions};
pub use token::{Subject, Token};
