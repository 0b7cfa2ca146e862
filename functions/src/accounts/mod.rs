//! Accounts of people: what the table holds, what others see, and how the owner changes them.
//!
//! * [`users`]: accounts as the table stores them.
//! * [`profiles`]: what everyone may see of an account.
//! * `account`: what the owner sees of it. `changes`: how the owner changes or deletes it.
//! * [`photos`]: pictures, which browsers upload directly to the bucket. `photo_token`: the token
//!   that names an upload.
//! * [`email`], [`password`]: how addresses are normalised, and how passwords are hashed.
//! * [`links`]: links in mails, which prove that their holder reads the mailbox.
//! * [`link_requests`]: how a person requests one.

mod account;
mod changes;
pub mod email;
pub mod link_requests;
pub mod links;
pub mod password;
mod photo_token;
pub mod photos;
pub mod profiles;
pub mod users;

pub use account::{Account, Accounts, forget};
pub use changes::LinkError;
