//! Where sessions are kept: in the table, and behind L2.

use super::{
    Grant, Session, Subject, Token,
    record::{ENDED, PREFIX, SessionKey, partition},
};
use crate::{
    cache::{Cache, Name, Unreached},
    context::Cx,
    table::{Condition, Consistency, Query, Table, TableError},
};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};

/// How many sessions are ended at a time.
const CHUNK: usize = 25;
/// When to tell L2 again what it did not hear: after its breaker's window, when one call is let through, and at once after that one; twice.
const AGAIN: [Duration; 4] = {
    let (window, soon) = (Duration::from_millis(1_100), Duration::from_millis(50));
    [window, soon, window, soon]
};

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// The table did not do it: the session lives on.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table has done it, and L2 may not have heard: the session lives on there, for minutes.
    #[error(transparent)]
    Cache(#[from] Unreached),
}

/// The sessions of everybody.
pub struct Sessions {
    table: Table<Session>,
    grants: Table<Grant>,
    cache: Arc<Cache>,
}

impl Sessions {
    /// The sessions in `table`, behind `cache`, and the grants in the same table.
    pub fn new(table: Table<Session>, grants: Table<Grant>, cache: Arc<Cache>) -> Self {
        Self { table, grants, cache }
    }

    /// Begins a session; the token is the only copy of its secret.
    pub async fn start(&self, cx: &Cx, subject: Subject) -> Result<(Token, Session), TableError> {
        let token = Token::generate(subject)
            .ok_or_else(|| TableError::Corrupt("no randomness for a session's secret".to_owned()))?;
        let session = Session::begin(subject, token.digest(), cx.clock.now());
        self.table.create(cx, &session).await?;
        Ok((token, session))
    }

    /// The live session that the token belongs to: from L2, else by a strong read of the table. A session that was ended is gone
    /// everywhere at once. This use of it counts.
    pub async fn find(&self, cx: &Cx, token: &Token) -> Result<Option<Session>, TableError> {
        let key = SessionKey { subject: token.subject(), digest: token.digest() };
        let load = async |_| self.table.get(cx, &key, Consistency::Strong).await;
        let found = self.cache.read(cx, &key, load).await?.map(|cached| cached.value);
        let Some(session) = found.filter(|session| session.is_live(cx.clock.now())) else { return Ok(None) };
        self.note_use(cx, session).await
    }

    /// Writes a use down, if the last one that was is old enough. `None` when the session was ended in the meantime.
    async fn note_use(&self, cx: &Cx, session: Session) -> Result<Option<Session>, TableError> {
        let Some(used) = session.used(cx.clock.now()) else { return Ok(Some(session)) };
        match self.table.replace(cx, &used, session.version).await {
            Ok(()) => {}
            Err(TableError::Conflict { current: None | Some(ENDED) }) => {
                // Ended; and L2, which still knew it, was not there to hear.
                self.cache.forget(cx, &[Name::of(&session.place())]).await.ok();
                return Ok(None);
            }
            // Another environment has just done the same, or the table is gone: the session is as good as it was.
            Err(TableError::Conflict { .. }) => return Ok(Some(session)),
            Err(error) if error.is_unavailable() => return Ok(Some(session)),
            Err(error) => return Err(error),
        }
        // Forgotten and not written through: who ends the session now must find nothing that comes back. If L2 does not hear, it
        // has an older use for some minutes.
        self.cache.forget(cx, &[Name::of(&session.place())]).await.ok();
        Ok(Some(used))
    }

    /// Ends one session; when this returns, the table and L2 both know. Ending it twice is no error.
    ///
    /// The table first: a reader that loads before that holds a lease which the second step takes away. What the table has until then
    /// is a mark: if L2 does not hear, or the function dies, whoever ends all sessions again finds it, and tells L2 again.
    pub async fn end(&self, cx: &Cx, session: &Session) -> Result<(), EndError> {
        match self.table.put(cx, &session.ended(), &Condition::Present).await {
            Ok(()) | Err(TableError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let key = session.place();
        self.cache.forget(cx, &[Name::of(&key)]).await?;
        Ok(self.table.delete(cx, &key).await?)
    }

    /// Ends the session that a token belongs to, if there is one: for a cookie that another takes the place of. The cookie is gone
    /// either way, so it is no error that L2 did not hear: without L2 people sign in all the same.
    pub async fn end_replaced(&self, cx: &Cx, token: &Token) -> Result<(), TableError> {
        let session = Session::begin(token.subject(), token.digest(), cx.clock.now());
        heard(cx, self.end(cx, &session).await)
    }

    /// Ends all sessions of a person in the table, and in L2 if it hears: without L2 people change their passwords all the same.
    pub async fn end_all_in_table(&self, cx: &Cx, subject: Subject) -> Result<(), TableError> {
        heard(cx, self.end_all(cx, subject, None).await.map(|_| ()))
    }

    /// The same, and for two seconds L2 is told again if it does not hear: only when it is gone for longer may a session live on there.
    pub async fn end_all_and_insist(&self, cx: &Cx, subject: Subject) -> Result<(), TableError> {
        let mut outcome = self.end_all(cx, subject, None).await;
        for pause in AGAIN {
            // The table has done it; what is left is L2's to hear. Half of the time is for the last try.
            if !matches!(outcome, Err(EndError::Cache(_))) || pause >= cx.time_left() / 2 {
                break;
            }
            tokio::time::sleep(pause).await;
            // That the table fails now undoes nothing.
            match self.end_all(cx, subject, None).await {
                Err(EndError::Table(_)) => {}
                again => outcome = again,
            }
        }
        heard(cx, outcome.map(|_| ()))
    }

    /// Ends all sessions of a person, on every device: those that there are when this begins. `own` is the one that asks for it, if one
    /// does: the last, and only when all others are ended, so that whoever is told to try again because of them still can.
    pub async fn end_all(&self, cx: &Cx, subject: Subject, own: Option<&Session>) -> Result<usize, EndError> {
        let all = Query::of(partition(subject)).prefix(PREFIX).consistency(Consistency::Strong);
        let (mut ended, mut unheard, mut after) = (0, None, None);
        loop {
            let page = self.table.query(cx, &all, CHUNK, after.as_ref()).await?;
            let others = page.items.iter().filter(|session| own.is_none_or(|own| own.digest != session.digest));
            // All of them, before one failure is told: that L2 did not hear of one saves no other.
            for outcome in join_all(others.map(|session| self.end(cx, session))).await {
                match outcome {
                    Err(EndError::Cache(error)) => unheard = Some(error),
                    done => done?,
                }
                ended += 1;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if let Some(error) = unheard {
            return Err(error.into());
        }
        if let Some(own) = own {
            self.end(cx, own).await?;
            ended += 1;
        }
        Ok(ended)
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

/// An end that L2 need not have heard of: it is counted.
fn heard(cx: &Cx, end: Result<(), EndError>) -> Result<(), TableError> {
    match end {
        Err(EndError::Table(error)) => Err(error),
        Err(EndError::Cache(_)) => {
            cx.event.count("unheard_ends", 1);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
