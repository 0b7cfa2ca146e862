//! Accounts.

use super::{
    Failure,
    fill::Seeds,
    identity::{EPOCH_MS, id_at, random_bytes, time_at},
};
use functions::{
    accounts::{
        email::EmailAddress,
        users::{EmailGuard, StoredUser, User},
    },
    ids::UserId,
};
use shared::{
    app::App,
    config::ConfigError,
    context::Cx,
    table::{Client, Reason, Table, TableError, Write},
    version::Version,
};

/// The password of every seeded account.
pub const PASSWORD: &str = "a seeded account";

/// The hash of [`PASSWORD`], the same for all accounts: a hash of its own takes 20 ms, and these
/// accounts have no secrets.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$9Q1WOvf2HaQVlwP0LObFJw$wdG9aMpHsx9TQ7JwpcMoe1xCydRDM4vHRAQe+HVrOvQ";

const FIRST_NAMES: [&str; 16] = [
    "Ada",
    "Alan",
    "Barbara",
    "Claude",
    "Donald",
    "Edsger",
    "Frances",
    "Grace",
    "Hedy",
    "John",
    "Katherine",
    "Leslie",
    "Margaret",
    "Niklaus",
    "Radia",
    "Tony",
];
const LAST_NAMES: [&str; 16] = [
    "Allen", "Dijkstra", "Hamilton", "Hoare", "Hopper", "Johnson", "Knuth", "Lamarr", "Lamport", "Liskov", "Lovelace",
    "McCarthy", "Perlman", "Shannon", "Turing", "Wirth",
];

/// Accounts of one transaction, each with its guard. Twice as many would fit, but a smaller
/// transaction is faster.
const BATCH: usize = 25;

pub(super) struct UserSeeds {
    client: Client,
    users: Table<StoredUser>,
    guards: Table<EmailGuard>,
}

impl UserSeeds {
    pub(super) fn new(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { client: app.tables().clone(), users: app.table()?, guards: app.table()? })
    }

    fn writes(&self, users: &[StoredUser]) -> Vec<Write> {
        let guard = |user: &User| EmailGuard { email: user.email.clone(), user: user.id, version: Version::FIRST };
        let both = |stored: &StoredUser| match stored {
            StoredUser::Here(user) => vec![self.guards.creating(&guard(user)), self.users.creating(stored)],
            StoredUser::Gone(_) => vec![],
        };
        users.iter().flat_map(both).collect()
    }

    /// Writes accounts. Leaves out those whose address or id is taken, by an earlier try or by
    /// somebody else. Returns how many were written.
    async fn write_some(&self, cx: &Cx, mut users: Vec<StoredUser>) -> Result<usize, TableError> {
        while !users.is_empty() {
            match self.client.transact(cx, self.writes(&users)).await {
                Ok(()) => return Ok(users.len()),
                Err(TableError::Cancelled(reasons)) if reasons.iter().any(Reason::is_condition) => {
                    let mut taken = reasons.chunks(2).map(|both| both.iter().any(Reason::is_condition));
                    users.retain(|_| !taken.next().unwrap_or(false));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }
}

/// The id of the account with this number.
pub(super) fn user_id(number: usize) -> UserId {
    UserId(id_at(EPOCH_MS + number as u64, &random_bytes("user", number)))
}

impl Seeds for UserSeeds {
    const NAME: &'static str = "users";
    type Item = StoredUser;

    fn table(&self) -> &Table<StoredUser> {
        &self.users
    }

    fn key(user: &StoredUser) -> UserId {
        user.id()
    }

    fn item(&self, number: usize) -> Result<StoredUser, Failure> {
        let (first, last) =
            (FIRST_NAMES[number % FIRST_NAMES.len()], LAST_NAMES[number / FIRST_NAMES.len() % LAST_NAMES.len()]);
        let user = User {
            id: user_id(number),
            name: format!("{first} {last}"),
            email: format!("person-{number}@seed.invalid").parse::<EmailAddress>()?,
            password_hash: HASH.to_owned(),
            email_verified: false,
            photo: None,
            photo_offer: 0,
            created_at: time_at(EPOCH_MS + number as u64),
            version: Version::FIRST,
        };
        Ok(StoredUser::Here(Box::new(user)))
    }

    async fn write(&self, cx: &Cx, users: Vec<StoredUser>) -> Result<usize, TableError> {
        let mut written = 0;
        let mut users = users.into_iter().peekable();
        while users.peek().is_some() {
            written += self.write_some(cx, users.by_ref().take(BATCH).collect()).await?;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_opens_every_account() {
        assert!(functions::accounts::password::verify(PASSWORD, Some(HASH)));
    }
}
