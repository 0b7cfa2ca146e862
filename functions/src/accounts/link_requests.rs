//! Links that were asked for: a row in the users table, whose stream is how the mail comes about.
//!
//! For an address that nobody has the same row is written, with nobody in it: asking takes the same time, and tells nobody who has an
//! account. It is another item than the account, so that a stranger who asks gets in the way of none of its owner's changes.

use super::{
    email::EmailAddress,
    links::Purpose,
    users::{Stored, Users},
};
use crate::ids::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    sign::sha256_hex,
    table::{Attribute, Condition, Consistency, Item, Key, Shards, Table, TableError, TableSpec},
    version::{Version, Versioned},
};

/// How long after one link the next is sent, whoever asks for it: an account's mailbox is nobody's to fill.
const PAUSE: SignedDuration = SignedDuration::from_mins(2);

/// The beginning of the rows' keys.
pub const PREFIX: &str = "asked#";

/// That a link was asked for, and when last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What it is for.
    pub purpose: Purpose,
    /// Who it is about: an account's id, or a digest of an address that has none.
    pub about: String,
    /// Whose account; nobody's when the address has none.
    pub user: Option<UserId>,
    /// When.
    pub asked_at: Timestamp,
    /// The millisecond at which it was asked for: a row that the TTL has swept comes back with a version that was not there before.
    pub version: Version,
}

impl Versioned for Asked {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Asked {
    const TABLE: TableSpec = Stored::TABLE;
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
        let swept = self.asked_at.saturating_add(self.purpose.lifetime()).unwrap_or(Timestamp::MAX);
        vec![("expires_at", Attribute::Number(swept.as_second()))]
    }
}

/// Where links are asked for.
pub struct Desk {
    rows: Table<Asked>,
    users: Users,
}

impl FromApp for Desk {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { rows: app.table()?, users: Users::from_app(app).await? })
    }
}

impl Desk {
    /// Asks for a link to the mailbox of whoever has the address, if anybody has.
    pub async fn ask_by_email(&self, cx: &Cx, purpose: Purpose, email: &EmailAddress) -> Result<(), TableError> {
        let user = self.users.by_email(cx, email).await?.map(|user| user.id);
        let about = user.map_or_else(|| sha256_hex(email.as_str().as_bytes()), |user| user.to_string());
        self.ask(cx, purpose, about, user).await
    }

    /// Asks for a link to an account's own mailbox.
    pub async fn ask_for(&self, cx: &Cx, purpose: Purpose, user: UserId) -> Result<(), TableError> {
        self.ask(cx, purpose, user.to_string(), Some(user)).await
    }

    async fn ask(&self, cx: &Cx, purpose: Purpose, about: String, user: Option<UserId>) -> Result<(), TableError> {
        let key = (purpose, about);
        let last = self.rows.get(cx, &key, Consistency::Strong).await?;
        let (asked_at, about) = (cx.clock.now(), key.1);
        // A clock that was set back does not silence anybody.
        let recent = |last: &Asked| asked_at.duration_since(last.asked_at).abs() < PAUSE;
        let condition = match &last {
            Some(last) if recent(last) => return Ok(()),
            Some(last) => Condition::At(last.version),
            None => Condition::Absent,
        };
        let version = Version(u64::try_from(asked_at.as_millisecond()).unwrap_or(0));
        match self.rows.put(cx, &Asked { purpose, about, user, asked_at, version }, &condition).await {
            // Somebody else has just asked for the same.
            Err(TableError::Conflict { .. }) => Ok(()),
            done => done,
        }
    }
}
