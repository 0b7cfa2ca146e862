//! `/api/me`: one's own account.

mod get;
mod update;

pub use get::Get;
pub use update::Update;

use crate::{accounts::Account, ids::UserId};
use jiff::Timestamp;
use serde::Serialize;
use shared::version::Version;

/// An account on the wire, for its owner. Not `Debug`: it holds an address.
#[derive(Serialize)]
pub struct MeView {
    id: UserId,
    name: String,
    email: String,
    email_verified: bool,
    photo_url: Option<String>,
    created_at: Timestamp,
    version: Version,
}

impl From<Account> for MeView {
    fn from(account: Account) -> Self {
        let Account { id, name, email, email_verified, photo_url, created_at, version } = account;
        Self { id, name, email: email.into(), email_verified, photo_url, created_at, version }
    }
}
