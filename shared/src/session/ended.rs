//! Sessions that this environment knows to be over.
//!
//! A tab that was left open sends its ended token again and again. The first costs a call, the next
//! ones cost a lookup in here. The memory is bounded and forgets after [`REMEMBERED_MS`]. It can
//! only be right: a session that has ended never begins again.

use super::{Subject, record::SessionKey};
use quick_cache::unsync::Cache;
use std::sync::{Mutex, PoisonError};

/// Sessions that are remembered; one takes about 200 bytes.
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
        // A clock that was ahead may have ended a session too early: once it is set back, that is
        // forgotten.
        map.get(&key(place)).is_some_and(|noted| (0..REMEMBERED_MS).contains(&(now_ms - noted)))
    }
}

/// People for whom tokens without a proof were looked up, and were nobody's.
///
/// A proof is what makes a guess free. Who leaves it out costs a read of the named person's rows; so
/// an environment makes [`GUESSES`] of these a minute and person. Beyond that it refuses such
/// tokens unseen: that person's others, which have a proof, are as good as ever.
pub(super) struct Guessed(Mutex<Cache<Subject, (i64, u32)>>);

/// Lookups in vain for one person within a minute.
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

/// With the subject: the right secret in another's name opens nothing, and says nothing of its own
/// session.
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
