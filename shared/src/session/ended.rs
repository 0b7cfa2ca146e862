//! Sessions that this environment knows to be over.
//!
//! A browser tab that was left open sends its ended token again and again. The first time costs a
//! call, the next times cost a lookup in here. The memory is bounded, and an entry lasts
//! [`REMEMBERED_MS`]. An entry is always right, because an ended session never begins again.

use super::{Subject, record::SessionKey};
use quick_cache::unsync::Cache;
use std::sync::{Mutex, PoisonError};

/// How many sessions are remembered; one takes about 200 bytes.
const SESSIONS: usize = 4_096;
const REMEMBERED_MS: i64 = 60_000;

pub(super) struct Ended(Mutex<Cache<Box<str>, i64>>);

impl Ended {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Cache::new(SESSIONS)))
    }

    pub(super) fn note(&self, place: &SessionKey, now_ms: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key(place), now_ms);
    }

    pub(super) fn has(&self, place: &SessionKey, now_ms: i64) -> bool {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was ahead may have ended a session too early. Once the clock is set back,
        // the entry no longer counts.
        map.get(&key(place)).is_some_and(|noted| (0..REMEMBERED_MS).contains(&(now_ms - noted)))
    }
}

/// Counts, for each person, lookups of tokens without a proof that belonged to no session.
///
/// A token with a wrong proof costs no call. A token without a proof costs a read of the named
/// person's rows, so an environment makes [`GUESSES`] of these a minute and person. Beyond that it
/// refuses such tokens without a read. The person's tokens that have a proof are not affected.
pub(super) struct Guessed(Mutex<Cache<Subject, (i64, u32)>>);

/// Lookups for one person that found no session, within a minute.
const GUESSES: u32 = 60;

impl Guessed {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Cache::new(SESSIONS)))
    }

    pub(super) fn note(&self, subject: Subject, now_ms: i64) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_this_minute = map.get(&subject).filter(|(since, _)| (0..REMEMBERED_MS).contains(&(now_ms - since)));
        let (since, count) = of_this_minute.copied().unwrap_or((now_ms, 0));
        map.insert(subject, (since, count + 1));
    }

    pub(super) fn too_often(&self, subject: Subject, now_ms: i64) -> bool {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(&subject)
            .is_some_and(|(since, count)| *count >= GUESSES && (0..REMEMBERED_MS).contains(&(now_ms - since)))
    }
}

/// The key includes the subject: the right secret with another person's name opens no session, and
/// must not mark the right one as ended.
fn key(place: &SessionKey) -> Box<str> {
    format!("{}.{}", place.subject, place.digest).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn it_remembers_for_a_minute_and_is_bounded() {
        let (ended, place) =
            (Ended::new(), |digest: &str| SessionKey { subject: Subject(Uuid::nil()), digest: digest.to_owned() });
        ended.note(&place("a"), 1_000);
        assert!(ended.has(&place("a"), 1_000) && ended.has(&place("a"), 60_999));
        assert!(!ended.has(&place("a"), 61_000) && !ended.has(&place("a"), 999) && !ended.has(&place("b"), 1_000));
        let anothers = SessionKey { subject: Subject(Uuid::max()), ..place("a") };
        assert!(!ended.has(&anothers, 1_000));
        for n in 0..50_000 {
            ended.note(&place(&n.to_string()), 0);
        }
        assert!(ended.0.lock().unwrap().len() <= SESSIONS);
    }
}
