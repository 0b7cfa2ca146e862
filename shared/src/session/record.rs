//! A session, and how long it lasts.

use super::{Subject, Token};
use crate::{
    env::SESSIONS_TABLE,
    table::{Attribute, EXPIRES_AT, Item, Key, Shards, TableSpec},
    version::{Version, Versioned},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a session lasts, however much it is used.
pub const LIFETIME: Duration = Duration::from_hours(30 * 24);
/// How long a session lasts without being used.
pub const IDLE: Duration = Duration::from_hours(7 * 24);
/// A use is written only if the last written one is older than this, a tenth of [`IDLE`]. So a
/// session may end that much too early, and a busy one costs ten writes a week.
const NOTED: Duration = Duration::from_secs(IDLE.as_secs() / 10);

/// One sign-in of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The person.
    pub subject: Subject,
    /// SHA-256 of the token's secret.
    pub digest: String,
    /// The person's epoch when it began. The session ends when the person's epoch is a later one.
    /// Sessions of a release without epochs have the first one, 0.
    #[serde(default)]
    pub epoch: Version,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, as far as that was written.
    pub used_at: Timestamp,
    /// How often it was written.
    pub version: Version,
}

impl Session {
    pub(super) fn begin(token: &Token, epoch: Version, now: Timestamp) -> Self {
        let (subject, digest) = (token.subject(), token.digest());
        Self { subject, digest, epoch, created_at: now, used_at: now, version: Version::FIRST }
    }

    /// When it ends, unless it is used before then; never later than [`LIFETIME`] after it began.
    pub fn ends_at(&self) -> Timestamp {
        after(self.used_at, IDLE).min(after(self.created_at, LIFETIME))
    }

    /// Whether it can be used. A clock that was set back ends no session.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }

    /// The session to write for this use; `None` if the use need not be written.
    pub(super) fn used(&self, now: Timestamp) -> Option<Self> {
        (now >= after(self.used_at, NOTED)).then(|| Self { used_at: now, version: self.version.next(), ..self.clone() })
    }

    pub(super) fn place(&self) -> SessionKey {
        SessionKey { subject: self.subject, digest: self.digest.clone() }
    }
}

fn after(time: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    time.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// The key of a session.
#[derive(Debug, Clone)]
pub struct SessionKey {
    pub(super) subject: Subject,
    pub(super) digest: String,
}

impl From<&Token> for SessionKey {
    fn from(token: &Token) -> Self {
        Self { subject: token.subject(), digest: token.digest() }
    }
}

impl Versioned for Session {
    fn version(&self) -> Version {
        self.version
    }
}

pub(super) const PREFIX: &str = "session#";

pub(super) fn partition(subject: Subject) -> String {
    format!("user#{subject}")
}

impl Item for Session {
    const TABLE: TableSpec = TableSpec::new(SESSIONS_TABLE);
    type Key = SessionKey;

    fn key_of(key: &SessionKey) -> Key {
        Key::sorted(partition(key.subject), format!("{PREFIX}{}", key.digest))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.place())
    }

    /// No client needs to see the version of its session, so it has no entity.
    fn entity_of(_: &SessionKey) -> String {
        String::new()
    }

    fn entity(&self) -> String {
        String::new()
    }

    fn attributes(&self, _: Shards) -> Vec<(&'static str, Attribute)> {
        vec![(EXPIRES_AT, Attribute::Number(self.ends_at().as_second()))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn session() -> Session {
        let (subject, now) = (Subject(Uuid::nil()), Timestamp::UNIX_EPOCH);
        let (digest, epoch, version) = (String::new(), Version(0), Version::FIRST);
        Session { subject, digest, epoch, created_at: now, used_at: now, version }
    }

    fn at(span: Duration) -> Timestamp {
        after(Timestamp::UNIX_EPOCH, span)
    }

    #[test]
    fn it_ends_when_it_is_not_used() {
        let session = session();
        assert!(session.is_live(at(IDLE.saturating_sub(Duration::from_secs(1)))));
        assert!(!session.is_live(at(IDLE)));
    }

    #[test]
    fn rows_of_releases_without_epochs_are_read() {
        let row = r#"{"subject":"00000000-0000-0000-0000-000000000000","digest":"","version":1,
            "created_at":"1970-01-01T00:00:00Z","used_at":"1970-01-01T00:00:00Z"}"#;
        assert_eq!(serde_json::from_str::<Session>(row).unwrap(), session());
    }

    #[test]
    fn a_use_is_written_down_once_a_tenth_of_the_window_and_lengthens_it() {
        let session = session();
        assert_eq!(session.used(at(NOTED.saturating_sub(Duration::from_secs(1)))), None);
        let used = session.used(at(NOTED)).unwrap();
        assert_eq!((used.ends_at(), used.version), (at(NOTED + IDLE), Version(2)));
    }

    #[test]
    fn however_much_it_is_used_it_ends() {
        let (mut session, mut now) = (session(), Duration::ZERO);
        while session.is_live(at(now)) {
            session = session.used(at(now)).unwrap_or(session);
            now += Duration::from_hours(1);
        }
        assert_eq!(now, LIFETIME);
    }
}
