//! Where sessions are kept.

use super::{Subject, Token};
use crate::{
    context::Cx,
    table::{Attribute, Consistency, Item, Key, Shards, Table, TableError},
    version::{Version, Versioned},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a session lasts, however much it is used.
const LIFETIME: Duration = Duration::from_hours(30 * 24);

/// One sign-in of one person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub subject: Subject,
    /// SHA-256 of the token's secret.
    pub digest: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// Where a session is found.
#[derive(Debug, Clone)]
pub struct SessionKey {
    subject: Subject,
    digest: String,
}

impl Versioned for Session {
    fn version(&self) -> Version {
        Version::FIRST
    }
}

impl Item for Session {
    type Key = SessionKey;

    fn key_of(key: &SessionKey) -> Key {
        Key { pk: format!("user#{}", key.subject), sk: Some(format!("session#{}", key.digest)) }
    }

    fn key(&self) -> Key {
        Self::key_of(&SessionKey { subject: self.subject, digest: self.digest.clone() })
    }

    fn attributes(&self, _: Shards) -> Vec<(&'static str, Attribute)> {
        vec![("expires_at", Attribute::Number(self.ends_at.as_second()))]
    }
}

/// The sessions of everybody.
pub struct Sessions {
    table: Table<Session>,
}

impl Sessions {
    /// The sessions in `table`.
    pub fn new(table: Table<Session>) -> Self {
        Self { table }
    }

    /// Begins a session; the token is the only copy of its secret.
    pub async fn start(&self, cx: &Cx, subject: Subject) -> Result<(Token, Session), TableError> {
        let token = Token::generate(subject)
            .ok_or_else(|| TableError::Corrupt("no randomness for a session's secret".to_owned()))?;
        let created_at = cx.clock.now();
        let lifetime = SignedDuration::try_from(LIFETIME).unwrap_or(SignedDuration::MAX);
        let ends_at = created_at.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        let session = Session { subject, digest: token.digest(), created_at, ends_at };
        self.table.create(cx, &session).await?;
        Ok((token, session))
    }

    /// The live session that the token belongs to. A strong read: a session that was ended is gone everywhere at once.
    pub async fn find(&self, cx: &Cx, token: &Token) -> Result<Option<Session>, TableError> {
        let key = SessionKey { subject: token.subject(), digest: token.digest() };
        let session = self.table.get(cx, &key, Consistency::Strong).await?;
        Ok(session.filter(|s| s.ends_at > cx.clock.now()))
    }

    /// Ends one session. Ending it twice is no error.
    pub async fn end(&self, cx: &Cx, session: &Session) -> Result<(), TableError> {
        self.table.delete(cx, &SessionKey { subject: session.subject, digest: session.digest.clone() }).await
    }
}
