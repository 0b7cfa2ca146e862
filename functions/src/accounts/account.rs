//! What the owner sees of an account, read through the cache.

use super::{
    email::EmailAddress,
    profiles::{ProfileKey, photo_url},
    users::{User, Users},
};
use crate::ids::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheKey, CacheUnreachable, Name, Policy},
    config::ConfigError,
    context::Cx,
    session::SignedIn,
    table::{Consistency, TableError},
    version::{Version, Versioned},
};
use std::{sync::Arc, time::Duration};

/// What the owner sees of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The id of the account.
    pub id: UserId,
    /// The person's name.
    pub name: String,
    /// The person's address.
    pub email: EmailAddress,
    /// Whether the person has proved that mail to the address arrives.
    pub email_verified: bool,
    /// The path of the person's picture on the site, if there is one.
    pub photo_url: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The version of the account.
    pub version: Version,
}

impl Versioned for Account {
    fn version(&self) -> Version {
        self.version
    }
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        let photo_url = photo_url(&user);
        let User { id, name, email, email_verified, created_at, version, .. } = user;
        Self { id, name, email, email_verified, photo_url, created_at, version }
    }
}

/// The owner's view in the cache. It is a part of the profile's entity, so that one step changes
/// both.
pub(super) struct AccountKey(pub(super) UserId);

impl CacheKey for AccountKey {
    type Value = Account;
    const SCHEMA: u16 = 1;
    // Never in memory, because people expect to see their own changes at once.
    const POLICY: Policy = Policy::new(Duration::from_mins(1)).l1_ttl(Duration::ZERO);

    fn entity(&self) -> String {
        ProfileKey(self.0).entity()
    }

    fn part(&self) -> &'static str {
        "me"
    }
}

/// Reads and changes accounts for their owners.
pub struct Accounts {
    pub(super) cache: Arc<Cache>,
    pub(super) users: Users,
}

impl FromApp for Accounts {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { cache: Arc::from_app(app).await?, users: Users::from_app(app).await? })
    }
}

impl Accounts {
    /// Reads the owner's account from Valkey or from the table. `None` when it was deleted.
    pub async fn get(&self, cx: &Cx, owner: &SignedIn) -> Result<Option<Account>, TableError> {
        let id = owner.subject().into();
        let load = async |how| Ok(self.users.get(cx, id, how).await?.map(Account::from));
        let found = self.cache.read(cx, &AccountKey(id), load).await?;
        Ok(found.map(|cached| cached.value))
    }

    /// Reads the owner's account from the table.
    pub async fn stored(&self, cx: &Cx, owner: &SignedIn) -> Result<Option<User>, TableError> {
        self.users.get(cx, owner.subject().into(), Consistency::Strong).await
    }
}

/// Removes what the cache holds of an account and is older than `version`. The `forget` worker
/// calls it after each change.
pub async fn forget(cache: &Cache, cx: &Cx, id: UserId, version: Version) -> Result<(), CacheUnreachable> {
    cache.outdate(cx, &ProfileKey(id), version, &[Name::of(&AccountKey(id))]).await
}
