//! The items of the users table: accounts, tombstones, and the guards of addresses.

use crate::{accounts::email::EmailAddress, env, ids::UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    table::{Attribute, Item, Key, Shards, TableSpec},
    version::{Version, Versioned},
};

/// The longest name of a person, in characters.
pub const NAME_MAX: usize = 100;

/// An account as the table stores it. It holds the password's hash, so it is never logged and never
/// part of an answer.
#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    /// The id of the account.
    pub id: UserId,
    /// The person's name.
    pub name: String,
    /// The address; no two accounts have the same.
    pub email: EmailAddress,
    /// The argon2id hash, as a PHC string.
    pub password_hash: String,
    /// Whether the person has proved that mail to the address arrives.
    #[serde(default)]
    pub email_verified: bool,
    /// The name of the picture below `/media/`, if there is one.
    #[serde(default)]
    pub photo: Option<String>,
    /// When the offer ended by which the picture was uploaded, in seconds since 1970. An older
    /// offer cannot replace the picture.
    #[serde(default)]
    pub photo_offer: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The number of the latest write.
    pub version: Version,
}

/// The item that replaces a deleted account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The id of the account.
    pub id: UserId,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// The version after the last one of the account.
    pub version: Version,
}

/// The item under a user's key. `Gone` comes first, because serde takes the first variant that fits
/// and only a tombstone has `deleted_at`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StoredUser {
    /// The account was deleted.
    Gone(Tombstone),
    /// The account exists.
    Here(Box<User>),
}

impl StoredUser {
    /// The account, if it exists.
    pub fn here(self) -> Option<User> {
        match self {
            Self::Here(user) => Some(*user),
            Self::Gone(_) => None,
        }
    }

    /// The id of the account, deleted or not.
    pub fn id(&self) -> UserId {
        match self {
            Self::Here(user) => user.id,
            Self::Gone(tombstone) => tombstone.id,
        }
    }
}

/// Keeps an address unique: it exists exactly as long as an account has the address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EmailGuard {
    /// The address.
    pub email: EmailAddress,
    /// The account that has the address.
    pub user: UserId,
    /// The number of the latest write.
    pub version: Version,
}

impl Versioned for StoredUser {
    fn version(&self) -> Version {
        match self {
            Self::Here(user) => user.version,
            Self::Gone(tombstone) => tombstone.version,
        }
    }
}

impl Versioned for EmailGuard {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for StoredUser {
    const TABLE: TableSpec = TableSpec::new(env::USERS_TABLE).sharded_by(env::USER_SHARDS);
    type Key = UserId;

    fn key_of(id: &UserId) -> Key {
        Key::simple(format!("user#{id}"))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.id())
    }

    fn attributes(&self, shards: Shards) -> Vec<(&'static str, Attribute)> {
        match self {
            Self::Here(user) => {
                vec![("listing_shard", Attribute::Text(shards.key(LISTED, &user.id.to_string())))]
            }
            Self::Gone(_) => vec![],
        }
    }
}

/// The group of the listing of all accounts.
pub(super) const LISTED: &str = "shard";

impl Item for EmailGuard {
    const TABLE: TableSpec = StoredUser::TABLE;
    type Key = EmailAddress;

    fn key_of(email: &EmailAddress) -> Key {
        Key::simple(format!("email#{}", email.as_str()))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.email)
    }
}
