//! A person's own account: what its owner sees of it, and how the owner changes it.
//!
//! A change is written to the table, then through to the cache, where the profile is replaced and the owner's view, which
//! derives from it, is forgotten. If that second step fails the change stands, and the `forget` worker repeats the step from
//! the table's stream.

use super::{
    email::EmailAddress,
    links::{Link, NotALink},
    profiles::{Profile, ProfileKey, photo_url},
    users::{User, Users},
};
use crate::{fields, ids::UserId};
use futures_util::{join, try_join};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheKey, CacheUnreachable, Name, Policy},
    config::ConfigError,
    context::Cx,
    session::{Sessions, SignedIn},
    table::{Consistency, TableError},
    version::{Expected, Version, Versioned},
};
use std::{sync::Arc, time::Duration};

/// How often a change is made again, because another came between that its maker does not mind.
const TRIES: usize = 4;

/// Why a link changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It cannot be used.
    #[error(transparent)]
    Link(#[from] NotALink),
    /// The table did not do it.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// What its owner sees of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// What the person is called.
    pub name: String,
    /// Where mail goes.
    pub email: EmailAddress,
    /// Whether the person has shown that mail to it arrives.
    pub email_verified: bool,
    /// The person's picture, relative to the site, when there is one.
    pub photo_url: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// How often it was written.
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

/// The owner's view in the cache: derived from the profile's entity, so that one step changes both.
struct AccountKey(UserId);

impl CacheKey for AccountKey {
    type Value = Account;
    const SCHEMA: u16 = 1;
    // Never in memory: people look at their own changes at once, with or without a token.
    const POLICY: Policy = Policy::new(Duration::from_mins(1)).l1_ttl(Duration::ZERO);

    fn entity(&self) -> String {
        ProfileKey(self.0).entity()
    }

    fn part(&self) -> &'static str {
        "me"
    }
}

/// The accounts, each for its owner.
pub struct Accounts {
    cache: Arc<Cache>,
    users: Users,
}

impl FromApp for Accounts {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { cache: Arc::from_app(app).await?, users: Users::from_app(app).await? })
    }
}

impl Accounts {
    /// The owner's account: from Valkey, or from the table. `None` when it was deleted.
    pub async fn get(&self, cx: &Cx, owner: &SignedIn) -> Result<Option<Account>, TableError> {
        let id = owner.subject().into();
        let load = async |how| Ok(self.users.get(cx, id, how).await?.map(Account::from));
        let found = self.cache.read(cx, &AccountKey(id), load).await?;
        Ok(found.map(|cached| cached.value))
    }

    /// The owner's account as the table has it.
    pub async fn stored(&self, cx: &Cx, owner: &SignedIn) -> Result<Option<User>, TableError> {
        self.users.get(cx, owner.subject().into(), Consistency::Strong).await
    }

    /// Changes the owner's account; where it is not as expected, [`TableError::Conflict`]. `None`
    /// when it was deleted.
    pub async fn change(
        &self,
        cx: &Cx,
        owner: &SignedIn,
        expected: &Expected,
        edit: impl Fn(&mut User),
    ) -> Result<Option<Account>, TableError> {
        let checked = |user: &mut User| {
            if !expected.fits(Some(user.version)) {
                return Err(TableError::Conflict { current: Some(user.version) });
            }
            edit(user);
            Ok(())
        };
        Ok(self.edit(cx, owner.subject().into(), checked).await?.map(Account::from))
    }

    /// Whether the account that a link is for is as it was when the link was made.
    pub async fn check_link(&self, cx: &Cx, link: &Link) -> Result<(), LinkError> {
        let user = self.users.get(cx, link.user(), Consistency::Strong).await?;
        user.filter(|user| link.fits(user)).map(|_| ()).ok_or(LinkError::Link(NotALink))
    }

    /// Changes the account that a link is for, whoever holds it, once.
    pub async fn change_by_link(&self, cx: &Cx, link: &Link, edit: impl Fn(&mut User)) -> Result<Account, LinkError> {
        let checked = |user: &mut User| {
            if !link.fits(user) {
                return Err(LinkError::Link(NotALink));
            }
            edit(user);
            Ok(())
        };
        let changed = self.edit(cx, link.user(), checked).await?;
        Ok(changed.ok_or(LinkError::Link(NotALink))?.into())
    }

    /// Writes an account over the version that `edit` was shown, and shows it the next one, a few times, if another came between.
    async fn edit<E: From<TableError>>(
        &self,
        cx: &Cx,
        id: UserId,
        edit: impl Fn(&mut User) -> Result<(), E>,
    ) -> Result<Option<User>, E> {
        let mut left = TRIES;
        loop {
            let found = self.users.get(cx, id, Consistency::Strong).await?;
            let Some(mut user) = found else { return Ok(None) };
            let current = user.version;
            edit(&mut user)?;
            user.version = current.next();
            left -= 1;
            match self.users.replace(cx, user.clone(), current).await {
                Err(TableError::Conflict { .. }) if left > 0 => {}
                done => {
                    done?;
                    self.write_through(cx, &user).await;
                    return Ok(Some(user));
                }
            }
        }
    }

    /// Sets the password of the account that a link is for, whoever holds it, once. All sessions
    /// end in the same transaction: none that began with the old password is left, wherever this
    /// stops.
    pub async fn set_password(&self, cx: &Cx, sessions: &Sessions, link: &Link, hash: &str) -> Result<(), LinkError> {
        let mut left = TRIES;
        loop {
            let user = self.users.get(cx, link.user(), Consistency::Strong);
            let (user, end) = try_join!(user, sessions.prepare_end_all(cx, link.user().into()))?;
            let mut user = user.filter(|user| link.fits(user)).ok_or(NotALink)?;
            let current = user.version;
            (user.password_hash, user.version) = (hash.to_owned(), current.next());
            left -= 1;
            match self.users.replace_with(cx, user.clone(), current, vec![sessions.ending_all(&end)]).await {
                Err(TableError::Conflict { .. }) if left > 0 => {}
                done => {
                    done?;
                    join!(self.write_through(cx, &user), sessions.ended_all(cx, &end));
                    return Ok(());
                }
            }
        }
    }

    /// Deletes the owner's account, with all sessions and the right to administrate, in one
    /// transaction; where it is not as expected, [`TableError::Conflict`]. `None` when it was
    /// deleted before.
    pub async fn delete(
        &self,
        cx: &Cx,
        sessions: &Sessions,
        owner: &SignedIn,
        expected: &Expected,
    ) -> Result<Option<User>, TableError> {
        let mut left = TRIES;
        loop {
            let user = self.users.get(cx, owner.subject().into(), Consistency::Strong);
            let (user, end) = try_join!(user, sessions.prepare_end_all(cx, owner.subject()))?;
            let Some(user) = user else { return Ok(None) };
            if !expected.fits(Some(user.version)) {
                return Err(TableError::Conflict { current: Some(user.version) });
            }
            let also = vec![sessions.ending_all(&end), sessions.grants().taking(owner.subject())];
            left -= 1;
            match self.users.erase(cx, &user, also).await {
                Err(TableError::Conflict { .. }) if left > 0 => {}
                done => {
                    done?;
                    let names = [Name::of(&ProfileKey(user.id)), Name::of(&AccountKey(user.id))];
                    let (forgotten, ()) = join!(self.cache.forget(cx, &names), sessions.ended_all(cx, &end));
                    heard(cx, forgotten);
                    return Ok(Some(user));
                }
            }
        }
    }

    async fn write_through(&self, cx: &Cx, user: &User) {
        let derived = [Name::of(&AccountKey(user.id))];
        heard(cx, self.cache.put(cx, &ProfileKey(user.id), &Profile::from(user), &derived).await);
    }
}

/// Forgets what the cache holds of an account that is older than `version`: what the table's stream causes.
pub async fn forget(cache: &Cache, cx: &Cx, id: UserId, version: Version) -> Result<(), CacheUnreachable> {
    cache.outdate(cx, &ProfileKey(id), version, &[Name::of(&AccountKey(id))]).await
}

/// Counts a second step that failed.
fn heard(cx: &Cx, second_step: Result<(), CacheUnreachable>) {
    if let Err(error) = second_step {
        cx.event.count(fields::CACHE_UNREACHED, 1);
        tracing::warn!(%error, "left to the forget worker");
    }
}
