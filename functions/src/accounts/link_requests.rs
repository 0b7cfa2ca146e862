//! Requests for links: an item in the users table for each. The table's stream turns it into an
//! event, and the e-mail worker sends the link.
//!
//! For an address without an account we write the same item, but without a user. So a request takes
//! the same time in both cases and does not reveal who has an account. The request is not part of
//! the account's item, so that a stranger's request cannot conflict with a change by the owner.

use super::{
    email::EmailAddress,
    links::Purpose,
    users::{StoredUser, Users},
};
use crate::ids::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    sign::sha256_hex,
    table::{Attribute, Condition, Consistency, EXPIRES_AT, Item, Key, Shards, Table, TableError, TableSpec},
    version::{Version, Versioned},
};

/// The shortest time between two links of one purpose to one account, whoever requests them: so
/// nobody can flood a mailbox.
const PAUSE: SignedDuration = SignedDuration::from_mins(2);

/// The prefix of the keys of these items.
pub const PREFIX: &str = "asked#";

/// The latest request for a link of one purpose for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRequest {
    /// What the link is for.
    pub purpose: Purpose,
    /// The id of the account, or a digest of the address when no account has it.
    pub about: String,
    /// The account; `None` when no account has the address.
    pub user: Option<UserId>,
    /// When the link was requested.
    pub asked_at: Timestamp,
    /// The millisecond of the request. So an item that is written again after its TTL has removed
    /// it never gets an old version again.
    pub version: Version,
}

impl Versioned for LinkRequest {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for LinkRequest {
    const TABLE: TableSpec = StoredUser::TABLE;
    type Key = (Purpose, String);

    fn key_of((purpose, about): &(Purpose, String)) -> Key {
        let purpose = match purpose {
            Purpose::Verification => "verification",
            Purpose::Reset => "reset",
        };
        Key::simple(format!("{PREFIX}{purpose}#{about}"))
    }

    fn key(&self) -> Key {
        Self::key_of(&(self.purpose, self.about.clone()))
    }

    fn attributes(&self, _: Shards) -> Vec<(&'static str, Attribute)> {
        let expires_at = self.asked_at.saturating_add(self.purpose.lifetime()).unwrap_or(Timestamp::MAX);
        vec![(EXPIRES_AT, Attribute::Number(expires_at.as_second()))]
    }
}

/// Records requests for links.
pub struct LinkRequests {
    rows: Table<LinkRequest>,
    users: Users,
}

impl FromApp for LinkRequests {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { rows: app.table()?, users: Users::from_app(app).await? })
    }
}

impl LinkRequests {
    /// Requests a link for the account with this address, if there is one.
    pub async fn request_by_email(&self, cx: &Cx, purpose: Purpose, email: &EmailAddress) -> Result<(), TableError> {
        let user = self.users.by_email(cx, email).await?.map(|user| user.id);
        let about = user.map_or_else(|| sha256_hex(email.as_str().as_bytes()), |user| user.to_string());
        self.request(cx, purpose, about, user).await
    }

    /// Requests a link for an account.
    pub async fn request_for(&self, cx: &Cx, purpose: Purpose, user: UserId) -> Result<(), TableError> {
        self.request(cx, purpose, user.to_string(), Some(user)).await
    }

    async fn request(&self, cx: &Cx, purpose: Purpose, about: String, user: Option<UserId>) -> Result<(), TableError> {
        let key = (purpose, about);
        let last = self.rows.get(cx, &key, Consistency::Strong).await?;
        let (asked_at, about) = (cx.clock.now(), key.1);
        // `abs`: after a clock was set back, requests must not be refused until it catches up.
        let recent = |last: &LinkRequest| asked_at.duration_since(last.asked_at).abs() < PAUSE;
        let condition = match &last {
            Some(last) if recent(last) => return Ok(()),
            Some(last) => Condition::At(last.version),
            None => Condition::Absent,
        };
        let version = Version(u64::try_from(asked_at.as_millisecond()).unwrap_or(0));
        match self.rows.put(cx, &LinkRequest { purpose, about, user, asked_at, version }, &condition).await {
            // Another request has just written the same item.
            Err(TableError::Conflict { .. }) => Ok(()),
            done => done,
        }
    }
}
