//! Sessions in L2, so that most requests need no read of the table.
//!
//! L2 holds a session and its person's epoch under one hash tag, and one script reads both, at the
//! primary. Both can only change in one direction: a session goes from live to ended, and an epoch
//! rises. So a late writer does no harm, and no lease is needed. The mark [`END`] replaces an ended
//! session for longer than any request lasts, and a fill does not overwrite it. Of two epochs the
//! greater wins.
//!
//! # Promises
//! * A session whose end reached L2 is over in every environment from then on.
//! * A session whose end did not reach L2 may be accepted for [`FRESH`], counted from the last read
//!   of the table; then the table is read again. While the table does not answer, L2 accepts it for
//!   [`STALE`] more.
//! * If L2 was flushed, lost one of the two keys or holds unreadable bytes, the table decides. A
//!   replica that became the primary may lack the last updates: then the second promise applies.
//!
//! The server says how old an entry is (`PTTL`), so no two clocks are compared.

use super::{Session, Subject, record::SessionKey};
use crate::{
    context::Cx,
    valkey::{Reply, Script, Valkey, ValkeyError},
    version::Version,
};
use std::time::Duration;

/// For how long L2 is believed without a read of the table.
pub const FRESH: Duration = Duration::from_mins(1);
/// For how long after that it is believed while the table does not answer.
pub const STALE: Duration = Duration::from_hours(1);
const KEPT: Duration = FRESH.saturating_add(STALE);

/// The mark in place of a session that has ended.
const END: &[u8] = b"-";

/// KEYS session, epoch.
const LOOK: &str = "
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]), redis.call('GET', KEYS[2]), redis.call('PTTL', KEYS[2])}";

/// Stores what the table holds. KEYS session, epoch; ARGV session, epoch, milliseconds.
const FILL: &str = "
if (redis.call('GET', KEYS[2]) or '') <= ARGV[2] then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
if redis.call('GET', KEYS[1]) ~= '-' then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3]) end";

/// Stores a use that was noted, without making the entry fresher. KEYS session; ARGV session.
const NOTE: &str = "
if redis.call('GET', KEYS[1]) ~= '-' then redis.call('SET', KEYS[1], ARGV[1], 'XX', 'KEEPTTL') end";

/// Raises an epoch. KEYS epoch; ARGV epoch, milliseconds.
const RAISE: &str = "
if (redis.call('GET', KEYS[1]) or '') < ARGV[1] then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end";

/// What L2 knows about a session.
pub(super) enum SessionLookup {
    /// It has ended.
    Ended,
    /// It is live. If it is stale, it may be used only when the table does not answer.
    Live { session: Session, stale: Duration },
    /// Nothing: the table must be read, and L2 filled.
    Nothing,
    /// L2 did not answer. It is not asked again.
    Unreachable,
}

/// The server, with the scripts.
pub(super) struct SessionL2 {
    valkey: Valkey,
    look: Script,
    fill: Script,
    note: Script,
    raise: Script,
}

impl SessionL2 {
    pub(super) fn new(valkey: Valkey) -> Self {
        let [look, fill, note, raise] = [LOOK, FILL, NOTE, RAISE].map(Script::new);
        Self { valkey, look, fill, note, raise }
    }

    pub(super) async fn look(&self, cx: &Cx, place: &SessionKey) -> SessionLookup {
        let (session, epoch) = (session_key(place), epoch_key(place.subject));
        match self.valkey.eval(cx, &self.look, &[&session, &epoch], &[]).await {
            Ok(reply) => known(&reply),
            Err(_) => SessionLookup::Unreachable,
        }
    }

    /// Stores what the table said `asked` ago.
    pub(super) async fn fill(
        &self,
        cx: &Cx,
        session: &Session,
        epoch: Version,
        ago: Duration,
    ) -> Result<(), ValkeyError> {
        let Ok(json) = serde_json::to_vec(session) else { return Ok(()) };
        let (place, owner) = (session_key(&session.place()), epoch_key(session.subject));
        let (epoch, keep) = (ordered(epoch), millis(KEPT.saturating_sub(ago)));
        let args: [&[u8]; 3] = [&json, epoch.as_bytes(), keep.as_bytes()];
        self.valkey.eval(cx, &self.fill, &[&place, &owner], &args).await.map(drop)
    }

    pub(super) async fn note(&self, cx: &Cx, session: &Session) -> Result<(), ValkeyError> {
        let Ok(json) = serde_json::to_vec(session) else { return Ok(()) };
        self.valkey.eval(cx, &self.note, &[&session_key(&session.place())], &[&json]).await.map(drop)
    }

    pub(super) async fn end(&self, cx: &Cx, place: &SessionKey) -> Result<(), ValkeyError> {
        self.valkey.must_reach().set(cx, &session_key(place), END, KEPT).await
    }

    pub(super) async fn raise(&self, cx: &Cx, subject: Subject, epoch: Version) -> Result<(), ValkeyError> {
        let (epoch, keep) = (ordered(epoch), millis(KEPT));
        let args = [epoch.as_bytes(), keep.as_bytes()];
        self.valkey.must_reach().eval(cx, &self.raise, &[&epoch_key(subject)], &args).await.map(drop)
    }
}

fn known(reply: &Reply) -> SessionLookup {
    let Reply::List(parts) = reply else { return SessionLookup::Nothing };
    let [Reply::Bytes(session), Reply::Int(session_left), epoch, epoch_left] = &parts[..] else {
        return SessionLookup::Nothing;
    };
    if session == END {
        return SessionLookup::Ended;
    }
    let (Reply::Bytes(epoch), Reply::Int(epoch_left)) = (epoch, epoch_left) else { return SessionLookup::Nothing };
    let (Ok(session), Some(epoch)) = (serde_json::from_slice::<Session>(session), read_epoch(epoch)) else {
        return SessionLookup::Nothing;
    };
    if session.epoch < epoch {
        return SessionLookup::Ended;
    }
    let left = Duration::from_millis(u64::try_from(*session_left.min(epoch_left)).unwrap_or_default());
    SessionLookup::Live { session, stale: STALE.saturating_sub(left) }
}

fn session_key(place: &SessionKey) -> String {
    format!("{}:{}:v1", tag(place.subject), place.digest)
}

fn epoch_key(subject: Subject) -> String {
    format!("{}:epoch:v1", tag(subject))
}

fn tag(subject: Subject) -> String {
    format!("{{sessions:{subject}}}")
}

/// The number as text that Lua compares correctly: Lua's own numbers are inexact above 2^53.
fn ordered(epoch: Version) -> String {
    format!("{:016x}", epoch.0)
}

fn read_epoch(text: &[u8]) -> Option<Version> {
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok().map(Version)
}

fn millis(duration: Duration) -> String {
    duration.as_millis().max(1).to_string()
}
