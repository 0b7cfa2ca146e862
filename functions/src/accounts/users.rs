//! Accounts as the table holds them: the user, and the guard that keeps an address unique.
//!
//! The guard is an item of its own (`email#<address>`) in the same table, written in the same transaction as the user: the
//! two never disagree, also when the process dies between two calls, because there are no two calls. A deleted account
//! leaves a tombstone with the next version, which holds nothing of the person: a late writer cannot bring the account
//! back, and its orders stay, with an id that leads to nobody.

use super::email::EmailAddress;
use crate::{env, ids::UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    table::{
        Attribute, Client, Condition, Consistency, Item, Key, Listing, Page, Position, Reason, Shards, Table,
        TableError, TableSpec, Write,
    },
    version::{Version, Versioned},
};
use uuid::Uuid;

/// One account, as the table holds it. It never leaves as it is, nor is it logged: it holds the password's hash.
#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// What the person is called.
    pub name: String,
    /// Where mail goes; unique among accounts.
    pub email: EmailAddress,
    /// argon2id, as a PHC string.
    pub password_hash: String,
    /// Whether the person has shown that mail to it arrives.
    #[serde(default)]
    pub email_verified: bool,
    /// The name of the picture below `/media/`, if there is one.
    #[serde(default)]
    pub photo: Option<String>,
    /// Until when the offer stood that the picture was uploaded by, in seconds since 1970: an older
    /// offer does not take its place.
    #[serde(default)]
    pub photo_offer: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// How often it was written.
    pub version: Version,
}

/// What a deleted account leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The account's id.
    pub id: UserId,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// The version after the account's last.
    pub version: Version,
}

/// What is stored under a user's key. Only a tombstone says when it was deleted, so that comes first.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stored {
    /// It was deleted.
    Gone(Tombstone),
    /// It is there.
    Here(Box<User>),
}

impl Stored {
    /// The account, if it is there.
    pub fn here(self) -> Option<User> {
        match self {
            Self::Here(user) => Some(*user),
            Self::Gone(_) => None,
        }
    }

    /// Whose it is, or was.
    pub fn id(&self) -> UserId {
        match self {
            Self::Here(user) => user.id,
            Self::Gone(tombstone) => tombstone.id,
        }
    }
}

/// Keeps an address unique: it exists exactly while an account has the address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EmailGuard {
    /// The address.
    pub email: EmailAddress,
    /// Whose it is.
    pub user: UserId,
    /// How often it was written.
    pub version: Version,
}

impl Versioned for Stored {
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

impl Item for Stored {
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
const LISTED: &str = "shard";

impl Item for EmailGuard {
    const TABLE: TableSpec = Stored::TABLE;
    type Key = EmailAddress;

    fn key_of(email: &EmailAddress) -> Key {
        Key::simple(format!("email#{}", email.as_str()))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.email)
    }
}

/// The accounts.
pub struct Users {
    client: Client,
    accounts: Table<Stored>,
    guards: Table<EmailGuard>,
}

impl FromApp for Users {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { client: app.tables().clone(), accounts: app.table()?, guards: app.table()? })
    }
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Another account has the address.
    #[error("the address is taken")]
    Taken,
    /// The table did not do it.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Users {
    /// Makes an account, and takes its address, in one transaction.
    pub async fn create(&self, cx: &Cx, user: User) -> Result<(), SignUpError> {
        let guard = EmailGuard { email: user.email.clone(), user: user.id, version: Version::FIRST };
        let writes = vec![self.guards.creating(&guard), self.accounts.creating(&Stored::Here(Box::new(user)))];
        match self.client.transact(cx, writes).await {
            Err(TableError::Cancelled(reasons)) if matches!(reasons.first(), Some(Reason::Condition(_))) => {
                Err(SignUpError::Taken)
            }
            other => Ok(other?),
        }
    }

    /// An account by id.
    pub async fn get(&self, cx: &Cx, id: UserId, how: Consistency) -> Result<Option<User>, TableError> {
        Ok(self.accounts.get(cx, &id, how).await?.and_then(Stored::here))
    }

    /// Accounts by id, in the order of the ids.
    pub async fn get_many(&self, cx: &Cx, ids: &[UserId]) -> Result<Vec<Option<User>>, TableError> {
        let found = self.accounts.get_many(cx, ids, Consistency::Eventual).await?;
        Ok(found.into_iter().map(|stored| stored.and_then(Stored::here)).collect())
    }

    /// An account by address: the guard, then the user, both as they are now. An address that nobody has costs the same
    /// two reads, so that the time tells nobody which addresses have accounts.
    pub async fn by_email(&self, cx: &Cx, email: &EmailAddress) -> Result<Option<User>, TableError> {
        let guard = self.guards.get(cx, email, Consistency::Strong).await?;
        let id = guard.as_ref().map_or(UserId(Uuid::nil()), |guard| guard.user);
        self.get(cx, id, Consistency::Strong).await
    }

    /// That the account is there, and has the password that it had when `user` was read: a
    /// condition for a transaction.
    pub fn having_password_of(&self, user: &User) -> Write {
        let hash = Attribute::Text(user.password_hash.clone());
        self.accounts.checking(&user.id, &Condition::Holds("password_hash", hash))
    }

    /// A page of all accounts, oldest first.
    pub async fn list(&self, cx: &Cx, limit: usize, after: Option<&Position>) -> Result<Page<User>, TableError> {
        let page = self.accounts.list(cx, &listing(), limit, after).await?;
        Ok(Page { items: page.items.into_iter().filter_map(Stored::here).collect(), next: page.next })
    }

    /// What the cursors of [`list`](Self::list) are bound to.
    pub fn scope(&self) -> String {
        self.accounts.listing_scope(&listing())
    }

    /// Writes `user` over the version that it was made from, `expect`.
    pub async fn replace(&self, cx: &Cx, user: User, expect: Version) -> Result<(), TableError> {
        self.accounts.replace(cx, &Stored::Here(Box::new(user)), expect).await
    }

    /// The same in one transaction with `also`.
    pub async fn replace_with(&self, cx: &Cx, user: User, expect: Version, also: Vec<Write>) -> Result<(), TableError> {
        let mut writes = vec![self.accounts.replacing(&Stored::Here(Box::new(user)), expect)];
        writes.extend(also);
        self.client.transact(cx, writes).await.map_err(|error| error.conflict_at(0))
    }

    /// Deletes the account: a tombstone takes its place and its address is free, in one transaction
    /// with `also`.
    pub async fn erase(&self, cx: &Cx, user: &User, also: Vec<Write>) -> Result<Tombstone, TableError> {
        let tombstone = Tombstone { id: user.id, deleted_at: cx.clock.now(), version: user.version.next() };
        let own = Condition::Holds("user", Attribute::Text(user.id.to_string()));
        let gone = self.accounts.replacing(&Stored::Gone(tombstone.clone()), user.version);
        let mut writes = vec![gone, self.guards.deleting(&user.email, &own)];
        writes.extend(also);
        self.client.transact(cx, writes).await.map_err(|error| error.conflict_at(0))?;
        Ok(tombstone)
    }
}

/// The index carries keys only: it is no place for a password's hash.
fn listing() -> Listing {
    Listing::new("listing", "listing_shard", LISTED).keys_only()
}
