//! Accounts, as administrators see them.

use crate::{accounts::users::User, ids::UserId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{openapi::DateTime, version::Version};

/// An account, as administrators see it.
// Not `Debug`: it holds an address.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub struct AdminUserView {
    id: UserId,
    /// The name that the person chose.
    #[schemars(example = "Ada Lovelace")]
    name: String,
    /// The e-mail address of the account, in lower case.
    #[schemars(example = "ada@example.com")]
    email: String,
    /// Whether the owner has opened the link that was sent to the address.
    #[schemars(example = true)]
    email_verified: bool,
    /// When the account was created.
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
    /// The version of the account.
    version: Version,
}

impl From<User> for AdminUserView {
    fn from(user: User) -> Self {
        let User { id, name, email, email_verified, created_at, version, .. } = user;
        Self { id, name, email: email.into(), email_verified, created_at, version }
    }
}
