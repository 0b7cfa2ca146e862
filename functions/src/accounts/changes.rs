//! How the owner changes an account, and how a link changes it.
//!
//! A change is written to the table first, then to the cache: it replaces the profile there, and
//! removes the owner's view, which derives from it. When the cache fails, the change stands, and
//! the `forget` worker repeats the step from the table's stream.

use super::{
    account::{Account, AccountKey, Accounts},
    links::{NotALink, OpenedLink},
    profiles::{Profile, ProfileKey},
    users::User,
};
use crate::{fields, ids::UserId};
use futures_util::{join, try_join};
use shared::{
    cache::{CacheUnreachable, Name},
    context::Cx,
    session::{Sessions, SignedIn},
    table::{Consistency, TableError},
    version::Expected,
};

/// How often a change is tried when other changes get in between that its caller does not mind.
const TRIES: usize = 4;

/// Why a link changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The link cannot be used.
    #[error(transparent)]
    Link(#[from] NotALink),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Accounts {
    /// Changes the owner's account. [`TableError::Conflict`] when its version is not the expected
    /// one; `None` when the account was deleted.
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

    /// Checks that the link's account has not changed since the link was made.
    pub async fn check_link(&self, cx: &Cx, link: &OpenedLink) -> Result<(), LinkError> {
        let user = self.users.get(cx, link.user(), Consistency::Strong).await?;
        user.filter(|user| link.fits(user)).map(|_| ()).ok_or(LinkError::Link(NotALink))
    }

    /// Changes the link's account, for any caller that has the link. It works once.
    pub async fn change_by_link(
        &self,
        cx: &Cx,
        link: &OpenedLink,
        edit: impl Fn(&mut User),
    ) -> Result<Account, LinkError> {
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

    /// Reads the account, edits it, and writes it if nobody else has written it in between; then it
    /// starts over, [`TRIES`] times in all.
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

    /// Sets the password of the link's account, for any caller that has the link. It works once.
    /// All sessions end in the same transaction, so that no session of the old password survives,
    /// even if the process dies here.
    pub async fn set_password(
        &self,
        cx: &Cx,
        sessions: &Sessions,
        link: &OpenedLink,
        hash: &str,
    ) -> Result<(), LinkError> {
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

    /// Deletes the owner's account in one transaction, together with all its sessions and its
    /// administrator's grant. [`TableError::Conflict`] when its version is not the expected one;
    /// `None` when it was deleted before.
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
                    tolerate_cache_failure(cx, forgotten);
                    return Ok(Some(user));
                }
            }
        }
    }

    async fn write_through(&self, cx: &Cx, user: &User) {
        let derived = [Name::of(&AccountKey(user.id))];
        tolerate_cache_failure(cx, self.cache.put(cx, &ProfileKey(user.id), &Profile::from(user), &derived).await);
    }
}

/// Counts a failure of the cache, and ignores it: the `forget` worker repeats the step.
fn tolerate_cache_failure(cx: &Cx, second_step: Result<(), CacheUnreachable>) {
    if let Err(error) = second_step {
        cx.event.count(fields::CACHE_UNREACHED, 1);
        tracing::warn!(%error, "left to the forget worker");
    }
}
