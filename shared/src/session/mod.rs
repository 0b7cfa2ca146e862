//! Sessions outside the server: any environment can answer any request, and a restart signs nobody out.
//!
//! A session is a row of the table, found by a secret that only the client has: the table stores its SHA-256. The token
//! is `<subject>.<secret>`, so that all sessions of one person share a partition and "sign out everywhere" is one
//! strongly consistent query. Expiry is compared on read; the table's TTL only sweeps up.

mod grant;
mod store;
mod token;

pub use grant::Grant;
pub use store::{Session, SessionKey, Sessions};
pub use token::{Subject, Token};
