//! Accounts: the user, the guard that keeps an address unique, and what everyone may see.
//!
//! The guard is an item of its own (`email#<address>`) in the same table, written in the same transaction as the user: the
//! two never disagree, also when the process dies between two calls, because there are no two calls.

use crate::{email::EmailAddress, ids::UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheKey, Policy},
    config::ConfigError,
    context::Cx,
    table::{Attribute, Client, Consistency, Item, Key, Reason, Shards, Table, TableError},
    version::{Version, Versioned},
};
use std::{sync::Arc, time::Duration};
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
    /// When the account was made.
    pub created_at: Timestamp,
    /// How often it was written.
    pub version: Version,
}

/// What everyone may see of an account, and all that a shared cache ever holds of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its id.
    pub id: UserId,
    /// What the person is called.
    pub name: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// How often it was written.
    pub version: Version,
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

impl Versioned for User {
    fn version(&self) -> Version {
        self.version
    }
}

impl Versioned for Profile {
    fn version(&self) -> Version {
        self.version
    }
}

impl Versioned for EmailGuard {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for User {
    type Key = UserId;

    fn key_of(id: &UserId) -> Key {
        Key::simple(format!("user#{id}"))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.id)
    }

    fn attributes(&self, shards: Shards) -> Vec<(&'static str, Attribute)> {
        vec![("listing_shard", Attribute::Text(shards.key("shard", &self.id.to_string())))]
    }
}

impl Item for EmailGuard {
    type Key = EmailAddress;

    fn key_of(email: &EmailAddress) -> Key {
        Key::simple(format!("email#{}", email.as_str()))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.email)
    }
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        Self { id: user.id, name: user.name, created_at: user.created_at, version: user.version }
    }
}

/// A profile in the cache.
struct ProfileKey(UserId);

impl CacheKey for ProfileKey {
    type Value = Profile;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(Duration::from_mins(1));

    fn entity(&self) -> String {
        format!("{{user:{}}}", self.0)
    }
}

/// The accounts.
pub struct Users {
    client: Client,
    accounts: Table<User>,
    guards: Table<EmailGuard>,
}

impl FromApp for Users {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let shards = app.shards("USER_SHARDS")?;
        let (accounts, guards) = (app.table("USERS_TABLE", shards)?, app.table("USERS_TABLE", Shards::ONE)?);
        Ok(Self { client: app.tables().clone(), accounts, guards })
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
    pub async fn create(&self, cx: &Cx, user: &User) -> Result<(), SignUpError> {
        let guard = EmailGuard { email: user.email.clone(), user: user.id, version: Version::FIRST };
        let writes = vec![self.guards.creating(&guard), self.accounts.creating(user)];
        match self.client.transact(cx, writes).await {
            Err(TableError::Cancelled(reasons)) if matches!(reasons.first(), Some(Reason::Condition(_))) => {
                Err(SignUpError::Taken)
            }
            other => Ok(other?),
        }
    }

    /// An account by id.
    pub async fn get(&self, cx: &Cx, id: UserId, how: Consistency) -> Result<Option<User>, TableError> {
        self.accounts.get(cx, &id, how).await
    }

    /// An account by address: the guard, then the user, both as they are now. An address that nobody has costs the same
    /// two reads, so that the time tells nobody which addresses have accounts.
    pub async fn by_email(&self, cx: &Cx, email: &EmailAddress) -> Result<Option<User>, TableError> {
        let guard = self.guards.get(cx, email, Consistency::Strong).await?;
        let id = guard.as_ref().map_or(UserId(Uuid::nil()), |guard| guard.user);
        self.accounts.get(cx, &id, Consistency::Strong).await
    }
}

/// What everyone may see of accounts, read through the cache.
pub struct Profiles {
    cache: Arc<Cache>,
    users: Users,
}

impl FromApp for Profiles {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { cache: Arc::from_app(app).await?, users: Users::from_app(app).await? })
    }
}

impl Profiles {
    /// A profile: from memory, from Valkey, or from the table.
    pub async fn get(&self, cx: &Cx, id: UserId) -> Result<Option<Profile>, TableError> {
        let load = async |how| Ok(self.users.get(cx, id, how).await?.map(Profile::from));
        let found = self.cache.read(cx, &ProfileKey(id), load).await?;
        Ok(found.map(|cached| cached.value))
    }
}
