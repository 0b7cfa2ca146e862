//! People: who has an account, what it holds, and how its owner changes it.
//!
//! * [`users`]: accounts as the table holds them.
//! * [`profiles`]: what everyone may see of an account. `account`: what its owner sees of it.
//! * [`photos`]: pictures, which browsers upload straight to the bucket.
//! * [`email`], [`password`]: how an address is spelt, and how a password is kept.
//! * [`links`]: links in mails, which prove that their holder reads the mailbox.
//!   [`link_requests`]: how a person asks for one.

mod account;
pub mod email;
pub mod link_requests;
pub mod links;
pub mod password;
pub mod photos;
pub mod profiles;
pub mod users;

pub use account::{Account, Accounts, LinkError, forget};
