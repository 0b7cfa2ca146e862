//! Where sessions are kept.

use super::{Grant, Subject, Token};
use crate::{
    context::Cx,
    table::{Attribute, Condition, Consistency, Item, Key, Query, Shards, Table, TableError},
    version::{Version, Versioned},
};
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How many sessions are ended at a time.
const CHUNK: usize = 25;
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
        Key::sorted(partition(key.subject), format!("{PREFIX}{}", key.digest))
    }

    fn key(&self) -> Key {
        Self::key_of(&SessionKey { subject: self.subject, digest: self.digest.clone() })
    }

    fn attributes(&self, _: Shards) -> Vec<(&'static str, Attribute)> {
        vec![("expires_at", Attribute::Number(self.ends_at.as_second()))]
    }
}

const PREFIX: &str = "session#";

fn partition(subject: Subject) -> String {
    format!("user#{subject}")
}

/// The sessions of everybody.
pub struct Sessions {
    table: Table<Session>,
    grants: Table<Grant>,
}

impl Sessions {
    /// The sessions in `table`, and the grants in the same one.
    pub fn new(table: Table<Session>, grants: Table<Grant>) -> Self {
        Self { table, grants }
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

    /// Ends all sessions of a person, on every device: those that there are when this begins.
    pub async fn end_all(&self, cx: &Cx, subject: Subject) -> Result<usize, TableError> {
        let all = Query::of(partition(subject)).prefix(PREFIX).consistency(Consistency::Strong);
        let mut ended = 0;
        loop {
            // From the start each time: what was ended is gone.
            let page = self.table.query(cx, &all, CHUNK, None).await?;
            try_join_all(page.items.iter().map(|session| self.end(cx, session))).await?;
            ended += page.items.len();
            if page.next.is_none() {
                return Ok(ended);
            }
        }
    }

    /// Whether the person is an administrator, now.
    pub async fn is_admin(&self, cx: &Cx, subject: Subject) -> Result<bool, TableError> {
        Ok(self.grants.get(cx, &subject, Consistency::Strong).await?.is_some())
    }

    /// Makes the person an administrator: for an operator's command. Doing it twice is no error.
    pub async fn grant_admin(&self, cx: &Cx, subject: Subject) -> Result<(), TableError> {
        let grant = Grant { subject, granted_at: cx.clock.now() };
        self.grants.put(cx, &grant, &Condition::Any).await
    }

    /// Takes that away again.
    pub async fn revoke_admin(&self, cx: &Cx, subject: Subject) -> Result<(), TableError> {
        self.grants.delete(cx, &subject).await
    }
}
