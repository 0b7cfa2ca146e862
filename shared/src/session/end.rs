//! How sessions end: one, or all of a person's.
//!
//! The table comes first, and its answer is the outcome. L2 is updated after that, and the update
//! is repeated for [`INSIST`] if L2 does not answer. That is longer than one slow answer or a
//! restart of the server. If L2 is gone for longer, the session has ended all the same, and L2 may
//! accept it for [`FRESH`](super::FRESH) (`unheard_ends` counts these).

use super::{
    EndAll, Session, Sessions, Subject, Token,
    record::{PREFIX, SessionKey, partition},
};
use crate::{
    context::Cx,
    table::{Consistency, PartitionQuery, TableError, Write},
    telemetry::fields,
    valkey::ValkeyError,
    version::Version,
};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// For how long an end is sent to L2 again. It is never more than half of the time that the request
/// has left.
const INSIST: Duration = Duration::from_millis(1_600);
const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// How many rows of ended sessions are removed at once. Few people have more, and the table's TTL
/// removes the others.
const SWEPT: usize = 50;

/// What is sent to L2.
#[derive(Clone, Copy)]
enum News<'a> {
    End(&'a SessionKey),
    Raise(Subject, Version),
}

impl Sessions {
    /// Ends one session. Ending it twice is no error.
    pub async fn end(&self, cx: &Cx, session: &Session) -> Result<(), TableError> {
        let place = session.place();
        self.remove(cx, &place).await?;
        self.insist(cx, News::End(&place)).await;
        Ok(())
    }

    /// Ends the session that a token belongs to, if there is one. A sign-in uses it for the session
    /// of the cookie that it replaces. It sends the end to L2 once only: the cookie is gone in any
    /// case, and people must be able to sign in without L2.
    pub async fn end_replaced(&self, cx: &Cx, token: &Token) -> Result<(), TableError> {
        if !self.may_be_ours(cx, token).await {
            return Ok(());
        }
        let place = SessionKey::from(token);
        self.remove(cx, &place).await?;
        if self.tell(cx, News::End(&place)).await.is_err() {
            cx.event.count(fields::UNHEARD_ENDS, 1);
        }
        Ok(())
    }

    /// Ends all sessions that a person has when this begins, on every device.
    pub async fn end_all(&self, cx: &Cx, subject: Subject) -> Result<(), TableError> {
        let mut end = self.prepare_end_all(cx, subject).await?;
        match self.epochs.put(cx, &end.next, &end.condition()).await {
            Ok(()) => {}
            // Another request has just raised the epoch, which ended the same sessions.
            Err(TableError::Conflict { current: Some(epoch) }) => end.next.version = epoch,
            Err(error) => return Err(error),
        }
        self.ended_all(cx, &end).await;
        Ok(())
    }

    /// The write that ends all sessions of a person. Its condition fails if another request has
    /// ended them meanwhile; then prepare it again.
    pub fn ending_all(&self, end: &EndAll) -> Write {
        self.epochs.putting(&end.next, &end.condition())
    }

    /// The steps after [`ending_all`](Self::ending_all) has been written. They cannot fail: the
    /// sessions have ended.
    pub async fn ended_all(&self, cx: &Cx, end: &EndAll) {
        let (subject, epoch) = (end.next.subject, end.next.version);
        let told = self.insist(cx, News::Raise(subject, epoch));
        // This is housekeeping, so it gets no more time than L2.
        let swept = timeout(INSIST.min(cx.time_left() / 2), Box::pin(self.sweep(cx, subject, epoch)));
        let ((), swept) = tokio::join!(told, swept);
        if !matches!(swept, Ok(Ok(()))) {
            tracing::warn!(?swept, "the rows of ended sessions are left to the table's TTL");
        }
    }

    /// Removes the rows of sessions that began before `epoch`. Those sessions are over with or
    /// without their rows. But a release that knows no epochs looks at the rows, and no data of a
    /// person is kept without need.
    async fn sweep(&self, cx: &Cx, subject: Subject, epoch: Version) -> Result<(), TableError> {
        let all = PartitionQuery::of(partition(subject)).prefix(PREFIX).consistency(Consistency::Strong);
        let page = self.table.query(cx, &all, SWEPT, None).await?;
        let over = page.items.iter().filter(|session| session.epoch < epoch).map(Session::place).collect::<Vec<_>>();
        join_all(over.iter().map(|place| self.table.delete(cx, place))).await.into_iter().collect()
    }

    async fn remove(&self, cx: &Cx, place: &SessionKey) -> Result<(), TableError> {
        self.table.delete(cx, place).await?;
        self.ended.note(place, cx.clock.now_ms());
        Ok(())
    }

    async fn tell(&self, cx: &Cx, news: News<'_>) -> Result<(), ValkeyError> {
        match (&self.l2, news) {
            (None, _) => Ok(()),
            (Some(l2), News::End(place)) => l2.end(cx, place).await,
            (Some(l2), News::Raise(subject, epoch)) => l2.raise(cx, subject, epoch).await,
        }
    }

    /// Repeats an update of L2 until it succeeds.
    async fn insist(&self, cx: &Cx, news: News<'_>) {
        let until = Instant::now() + INSIST.min(cx.time_left() / 2);
        let mut pause = FIRST_PAUSE;
        while self.tell(cx, news).await.is_err() {
            if Instant::now() + pause > until {
                cx.event.count(fields::UNHEARD_ENDS, 1);
                return;
            }
            sleep(pause).await;
            pause *= 2;
        }
    }
}
