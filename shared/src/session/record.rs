//! A session, and how long it lasts.

use super::Subject;
use crate::{
    cache::{CacheKey, Policy},
    table::{Attribute, Item, Key, Shards},
    version::{Version, Versioned},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a session lasts, however much it is used.
pub const LIFETIME: Duration = Duration::from_hours(30 * 24);
/// How long it lasts without being used.
pub const IDLE: Duration = Duration::from_hours(7 * 24);
/// A use is written down when the last one that was is older: a tenth of [`IDLE`]. A session may so end that much too early, and
/// a busy one costs ten writes a week.
const NOTED: Duration = Duration::from_secs(IDLE.as_secs() / 10);

/// One sign-in of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub subject: Subject,
    /// SHA-256 of the token's secret.
    pub digest: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, as far as was written down.
    pub used_at: Timestamp,
    /// How often it was written; 0 in the mark that it leaves until L2 has heard that it was ended.
    pub version: Version,
}

/// The version of a session that was ended: one over which no use is written.
pub(super) const ENDED: Version = Version(0);

impl Session {
    pub(super) fn begin(subject: Subject, digest: String, now: Timestamp) -> Self {
        Self { subject, digest, created_at: now, used_at: now, version: Version::FIRST }
    }

    /// What stands in its place while it is being ended: nobody's last use of it is recent, also for a release that knows no marks.
    pub(super) fn ended(&self) -> Self {
        Self { version: ENDED, used_at: Timestamp::UNIX_EPOCH, ..self.clone() }
    }

    /// When it ends, unless it is used before then; never later than [`LIFETIME`] after it began.
    pub fn ends_at(&self) -> Timestamp {
        after(self.used_at, IDLE).min(after(self.created_at, LIFETIME))
    }

    /// Whether it can be used. A clock that was set back ends no session.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.version != ENDED && now < self.ends_at()
    }

    /// The session as it is to be written down, if this use is.
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

/// Where a session is found.
#[derive(Debug, Clone)]
pub struct SessionKey {
    pub(super) subject: Subject,
    pub(super) digest: String,
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
    type Key = SessionKey;

    fn key_of(key: &SessionKey) -> Key {
        Key::sorted(partition(key.subject), format!("{PREFIX}{}", key.digest))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.place())
    }

    /// None: no client waits to see the version of its session.
    fn entity_of(_: &SessionKey) -> String {
        String::new()
    }

    fn entity(&self) -> String {
        String::new()
    }

    fn attributes(&self, _: Shards) -> Vec<(&'static str, Attribute)> {
        // A mark stays for as long as the session could have been used.
        let ends = if self.version == ENDED { after(self.created_at, LIFETIME) } else { self.ends_at() };
        vec![("expires_at", Attribute::Number(ends.as_second()))]
    }
}

/// In L2 only, where ending a session reaches every environment at once. Nothing stale while the table answers; for an hour when it
/// does not. An unknown token leaves nothing behind: whoever makes them up would fill the cache with them.
impl CacheKey for SessionKey {
    type Value = Session;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(Duration::from_mins(5))
        .l1_ttl(Duration::ZERO)
        .stale_while_revalidate(Duration::ZERO)
        .stale_if_error(Duration::from_hours(1))
        .negative_ttl(Duration::ZERO)
        .load_limit(Duration::from_secs(1))
        .latest()
        .untold();

    fn entity(&self) -> String {
        format!("{{session:{}:{}}}", self.subject, self.digest)
    }

    fn item(&self) -> String {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn session() -> Session {
        Session::begin(Subject(Uuid::nil()), String::new(), Timestamp::UNIX_EPOCH)
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
    fn a_mark_is_dead_whatever_looks_at_it_and_stays() {
        let mark = session().ended();
        assert!(!mark.is_live(at(Duration::ZERO)));
        let unmarked = Session { version: Version::FIRST, ..mark.clone() };
        assert!(!unmarked.is_live(at(IDLE)), "by the rule of a release that knows no marks");
        let [(name, Attribute::Number(ends))] = &mark.attributes(Shards::ONE)[..] else { panic!("{mark:?}") };
        assert_eq!((*name, *ends), ("expires_at", at(LIFETIME).as_second()));
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
