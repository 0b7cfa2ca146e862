//! Reads and writes accounts in the table. `item` has the items.
//!
//! An account and the guard of its address (`email#<address>`) are written in one transaction, so
//! they never disagree, not even when the process dies. A deleted account leaves a tombstone with
//! the next version and no personal data: a late writer cannot bring the account back. Its orders
//! stay, with the id of an account that is gone.

mod item;

pub use item::{EmailGuard, NAME_MAX, StoredUser, Tombstone, User};

use super::email::EmailAddress;
use crate::ids::UserId;
use item::LISTED;
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    table::{Attribute, Client, Condition, Consistency, Listing, Page, Position, Reason, Table, TableError, Write},
    version::Version,
};
use uuid::Uuid;

/// Reads and writes accounts.
pub struct Users {
    client: Client,
    accounts: Table<StoredUser>,
    guards: Table<EmailGuard>,
}

impl FromApp for Users {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let (accounts, guards) = (app.table()?, app.table()?);
        Ok(Self { client: app.tables().clone(), accounts, guards })
    }
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Another account has this address.
    #[error("the address is taken")]
    Taken,
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Users {
    /// Creates an account and the guard of its address in one transaction.
    pub async fn create(&self, cx: &Cx, user: User) -> Result<(), SignUpError> {
        let guard = EmailGuard { email: user.email.clone(), user: user.id, version: Version::FIRST };
        let writes = vec![self.guards.creating(&guard), self.accounts.creating(&StoredUser::Here(Box::new(user)))];
        match self.client.transact(cx, writes).await {
            Err(TableError::Cancelled(reasons)) if matches!(reasons.first(), Some(Reason::Condition(_))) => {
                Err(SignUpError::Taken)
            }
            other => Ok(other?),
        }
    }

    /// Reads an account by id.
    pub async fn get(&self, cx: &Cx, id: UserId, how: Consistency) -> Result<Option<User>, TableError> {
        Ok(self.accounts.get(cx, &id, how).await?.and_then(StoredUser::here))
    }

    /// Reads accounts by id, in the order of the ids.
    pub async fn get_many(&self, cx: &Cx, ids: &[UserId]) -> Result<Vec<Option<User>>, TableError> {
        let found = self.accounts.get_many(cx, ids, Consistency::Eventual).await?;
        Ok(found.into_iter().map(|stored| stored.and_then(StoredUser::here)).collect())
    }

    /// Reads an account by address: first the guard, then the user, both strongly. An address
    /// without an account takes the same two reads, so that the time does not reveal which
    /// addresses have accounts.
    pub async fn by_email(&self, cx: &Cx, email: &EmailAddress) -> Result<Option<User>, TableError> {
        let guard = self.guards.get(cx, email, Consistency::Strong).await?;
        let id = guard.as_ref().map_or(UserId(Uuid::nil()), |guard| guard.user);
        self.get(cx, id, Consistency::Strong).await
    }

    /// A condition for a transaction: the account exists, and its password is still the one that
    /// `user` was read with.
    pub fn having_password_of(&self, user: &User) -> Write {
        let hash = Attribute::Text(user.password_hash.clone());
        self.accounts.checking(&user.id, &Condition::Holds("password_hash", hash))
    }

    /// Reads a page of all accounts, oldest first.
    pub async fn list(&self, cx: &Cx, limit: usize, after: Option<&Position>) -> Result<Page<User>, TableError> {
        let page = self.accounts.list(cx, &listing(), limit, after).await?;
        Ok(Page { items: page.items.into_iter().filter_map(StoredUser::here).collect(), next: page.next })
    }

    /// The scope to which cursors of [`list`](Self::list) are bound.
    pub fn scope(&self) -> String {
        self.accounts.listing_scope(&listing())
    }

    /// Replaces the account if its version is still `expect`.
    pub async fn replace(&self, cx: &Cx, user: User, expect: Version) -> Result<(), TableError> {
        self.accounts.replace(cx, &StoredUser::Here(Box::new(user)), expect).await
    }

    /// Does the same in one transaction with `also`.
    pub async fn replace_with(&self, cx: &Cx, user: User, expect: Version, also: Vec<Write>) -> Result<(), TableError> {
        let mut writes = vec![self.accounts.replacing(&StoredUser::Here(Box::new(user)), expect)];
        writes.extend(also);
        self.client.transact(cx, writes).await.map_err(|error| error.conflict_at(0))
    }

    /// Deletes the account in one transaction with `also`: a tombstone replaces it, and its address
    /// becomes free.
    pub async fn erase(&self, cx: &Cx, user: &User, also: Vec<Write>) -> Result<Tombstone, TableError> {
        let tombstone = Tombstone { id: user.id, deleted_at: cx.clock.now(), version: user.version.next() };
        let own = Condition::Holds("user", Attribute::Text(user.id.to_string()));
        let gone = self.accounts.replacing(&StoredUser::Gone(tombstone.clone()), user.version);
        let mut writes = vec![gone, self.guards.deleting(&user.email, &own)];
        writes.extend(also);
        self.client.transact(cx, writes).await.map_err(|error| error.conflict_at(0))?;
        Ok(tombstone)
    }
}

/// The index holds keys only, so that it does not copy password hashes.
fn listing() -> Listing {
    Listing::new("listing", "listing_shard", LISTED).keys_only()
}
