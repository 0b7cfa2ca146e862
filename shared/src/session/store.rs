//! How sessions begin and are found: in the table, and behind L2.

use super::{
    EndAll, Ended, Epoch, Grants, Guessed, Session, Subject, Token,
    l2::{FRESH, SessionL2, SessionLookup},
    record::SessionKey,
};
use crate::{
    context::Cx,
    resilience::Breaker,
    sign::{NoKey, Signer},
    table::{Client, Consistency, Reason, Shards, Table, TableError, Write},
    telemetry::fields,
    valkey::Valkey,
    version::Version,
};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a request waits for the table when L2 has an answer that is good enough.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long a lookup waits for the key that checks the token's proof.
const KEY_PATIENCE: Duration = Duration::from_millis(150);
/// For how long the table is not asked after it did not answer, if L2's answer is good enough.
const WINDOW: Duration = Duration::from_secs(2);

/// Why a session could not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// One of the conditions did not hold.
    #[error("what was to hold when the session begins does not")]
    Refused,
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// The sessions of all people.
pub struct Sessions {
    pub(super) client: Client,
    pub(super) table: Table<Session>,
    pub(super) epochs: Table<Epoch>,
    grants: Grants,
    pub(super) l2: Option<SessionL2>,
    pub(super) ended: Ended,
    guessed: Guessed,
    signer: Signer,
    asks: Breaker,
}

impl Sessions {
    /// The sessions, epochs and grants in the table `name`, behind `valkey`. `signer` makes and
    /// checks the proofs of tokens.
    pub fn new(client: &Client, name: &str, valkey: Option<Valkey>, signer: Signer) -> Self {
        Self {
            client: client.clone(),
            table: Table::new(client, name, Shards::ONE),
            epochs: Table::new(client, name, Shards::ONE),
            grants: Grants::new(client, name),
            l2: valkey.map(SessionL2::new),
            ended: Ended::new(),
            guessed: Guessed::new(),
            signer,
            asks: Breaker::new(1, WINDOW, WINDOW),
        }
    }

    /// Begins a session, on condition that all of `conditions` hold when it is written. The token
    /// is the only copy of its secret. Whatever ends all sessions after that moment also ends this
    /// one.
    pub async fn start(
        &self,
        cx: &Cx,
        subject: Subject,
        conditions: Vec<Write>,
    ) -> Result<(Token, Session), StartError> {
        let token = Token::generate(subject)
            .ok_or_else(|| TableError::Corrupt("no randomness for a session's secret".to_owned()))?;
        let token = match token.clone().proven(cx, &self.signer).await {
            Ok(proven) => proven,
            Err(error) => {
                cx.event.count(fields::UNPROVEN_TOKENS, 1);
                tracing::warn!(%error, "a session begins without the proof of its token");
                token
            }
        };
        let session = Session::begin(&token, self.epoch(cx, subject).await?, cx.clock.now());
        let mut writes = conditions;
        writes.push(self.table.creating(&session));
        match self.client.transact(cx, writes).await {
            Err(TableError::Cancelled(reasons)) if reasons.iter().any(Reason::is_condition) => Err(StartError::Refused),
            done => Ok(done.map(|()| (token, session))?),
        }
    }

    /// The live session that the token belongs to: from L2, or from strong reads of the table. This
    /// counts as a use of it.
    ///
    /// A token with a wrong proof costs no call, and neither does one that this environment knows
    /// to be over.
    pub async fn find(&self, cx: &Cx, token: &Token) -> Result<Option<Session>, TableError> {
        let place = SessionKey::from(token);
        let is_guess = !token.has_proof() && self.guessed.too_often(token.subject(), cx.clock.now_ms());
        if is_guess || self.ended.has(&place, cx.clock.now_ms()) || !self.may_be_ours(cx, token).await {
            return Ok(None);
        }
        let session = match self.look(cx, &place).await {
            SessionLookup::Live { session, stale: Duration::ZERO } => Some(session),
            SessionLookup::Live { session, stale } => self.asked_again(cx, &place, session, stale).await,
            SessionLookup::Ended => None,
            SessionLookup::Nothing => self.load(cx, &place, self.l2.as_ref()).await?,
            SessionLookup::Unreachable => self.load(cx, &place, None).await?,
        };
        let found = match session.filter(|session| session.is_live(cx.clock.now())) {
            Some(session) => Box::pin(self.note_use(cx, session)).await?,
            None => None,
        };
        if found.is_none() {
            if !token.has_proof() {
                self.guessed.note(token.subject(), cx.clock.now_ms());
            }
            self.ended.note(&place, cx.clock.now_ms());
        }
        Ok(found)
    }

    /// Whether the token may be one of ours. Without the key a proof cannot be checked, and the
    /// secret alone decides.
    pub(super) async fn may_be_ours(&self, cx: &Cx, token: &Token) -> bool {
        // A proof only saves a read, so a request does not wait long for the key.
        let ours = timeout(KEY_PATIENCE, token.may_be_ours(cx, &self.signer)).await;
        match ours.unwrap_or_else(|_| Err(NoKey::new("it takes too long to read"))) {
            Ok(ours) => ours,
            Err(error) => {
                cx.event.count(fields::UNPROVEN_TOKENS, 1);
                tracing::warn!(%error, "a session is looked up without the proof of its token");
                true
            }
        }
    }

    async fn look(&self, cx: &Cx, place: &SessionKey) -> SessionLookup {
        match &self.l2 {
            Some(l2) => l2.look(cx, place).await,
            None => SessionLookup::Unreachable,
        }
    }

    /// Reads the table, and fills L2.
    async fn load(&self, cx: &Cx, place: &SessionKey, l2: Option<&SessionL2>) -> Result<Option<Session>, TableError> {
        let asked = Instant::now();
        // One after the other: a token that belongs to nobody costs one read, and a table that
        // recovers from an outage gets the second request only after it has answered the first.
        let Some(session) = Box::pin(self.table.get(cx, place, Consistency::Strong)).await? else { return Ok(None) };
        let epoch = Box::pin(self.epoch(cx, place.subject)).await?;
        let found = Some(session).filter(|session| session.epoch >= epoch);
        // A token that belongs to nobody is not stored in L2: made-up tokens would fill it.
        if let (Some(l2), Some(session)) = (l2, &found) {
            // If the fill fails, L2 asks again next time.
            l2.fill(cx, session, epoch, asked.elapsed()).await.ok();
        }
        Ok(found)
    }

    /// What the table says, if it answers soon, and otherwise what L2 had. Once an entry has been
    /// stale for longer, the request waits for a slow table: the session may have ended without L2.
    async fn asked_again(&self, cx: &Cx, place: &SessionKey, had: Session, stale: Duration) -> Option<Session> {
        let patience = if stale > 2 * FRESH { cx.time_left() } else { PATIENCE.min(cx.time_left()) };
        let now = || Instant::now().into_std();
        if let Some(pass) = self.asks.admit(now()) {
            match timeout(patience, self.load(cx, place, self.l2.as_ref())).await {
                Ok(Ok(found)) => {
                    self.asks.succeeded(pass);
                    // The end of the session did not reach L2.
                    if let (None, Some(l2)) = (&found, &self.l2) {
                        l2.end(cx, place).await.ok();
                    }
                    return found;
                }
                Ok(Err(error)) => tracing::warn!(%error, "a session is believed without the table"),
                Err(_) => tracing::warn!("a session is believed without the table, which is slow"),
            }
            self.asks.failed(pass, now());
        }
        cx.event.count(fields::SESSION_STALE, 1);
        Some(had)
    }

    /// Writes this use, if the last written one is old enough. `None` when the session has ended
    /// meanwhile.
    async fn note_use(&self, cx: &Cx, session: Session) -> Result<Option<Session>, TableError> {
        let Some(used) = session.used(cx.clock.now()) else { return Ok(Some(session)) };
        let now = || Instant::now().into_std();
        let Some(pass) = self.asks.admit(now()) else { return Ok(Some(session)) };
        // The request does not wait for it.
        let noted = timeout(PATIENCE.min(cx.time_left()), self.table.replace(cx, &used, session.version)).await;
        match noted {
            Ok(Ok(()) | Err(TableError::Conflict { .. })) => self.asks.succeeded(pass),
            _ => self.asks.failed(pass, now()),
        }
        let Ok(noted) = noted else { return Ok(Some(session)) };
        match noted {
            Ok(()) => {
                if let Some(l2) = &self.l2 {
                    l2.note(cx, &used).await.ok();
                }
                Ok(Some(used))
            }
            // The session has ended, and its end did not reach L2.
            Err(TableError::Conflict { current: None }) => {
                if let Some(l2) = &self.l2 {
                    l2.end(cx, &session.place()).await.ok();
                }
                Ok(None)
            }
            // Another environment has just written the same, or the table is gone. The session is
            // as valid as before.
            Err(TableError::Conflict { .. }) => Ok(Some(session)),
            Err(error) if error.is_unavailable() => Ok(Some(session)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn epoch(&self, cx: &Cx, subject: Subject) -> Result<Version, TableError> {
        Ok(self.epochs.get(cx, &subject, Consistency::Strong).await?.map_or(Version(0), |epoch| epoch.version))
    }

    /// Who is an administrator.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// The end of all sessions that the person has now. [`ending_all`](Self::ending_all) writes it.
    pub async fn prepare_end_all(&self, cx: &Cx, subject: Subject) -> Result<EndAll, TableError> {
        Ok(EndAll::after(subject, self.epoch(cx, subject).await?))
    }
}
