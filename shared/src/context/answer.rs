//! What the layers know about an answer while it is made.
//!
//! A layer notes here what the client, the CDN or an operator must learn: which layer answered,
//! what is missing or old, what the limits say. The entrance makes headers of it, and the CDN's
//! lifetime; [`Cx::to_line`](super::Cx::to_line) writes the same into the wide event.

use crate::telemetry::{FactField, fields};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The notes of all layers, so far.
#[derive(Debug, Default)]
pub struct AnswerNotes(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    cache_status: Option<String>,
    degraded: Vec<String>,
    age_secs: Option<i64>,
    limits: Option<LimitTexts>,
}

/// What the limits of a route say to one client, in the words of the headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitTexts {
    /// What is left: the header `RateLimit`.
    pub left: String,
    /// What is allowed: the header `RateLimit-Policy`.
    pub policy: String,
}

impl AnswerNotes {
    /// How a read went, as `Cache-Status` says it. The first read is the answer's: later notes
    /// change nothing.
    pub fn note_cache_status(&self, text: impl FnOnce() -> String) {
        self.lock().cache_status.get_or_insert_with(text);
    }

    /// How a read went in the end, when an earlier note about it is no longer true.
    pub fn replace_cache_status(&self, text: String) {
        self.lock().cache_status = Some(text);
    }

    /// The answer lacks `part`, or has an old version of it. Whether that is news.
    pub fn note_degraded(&self, part: &str) -> bool {
        let degraded = &mut self.lock().degraded;
        let is_new = !degraded.iter().any(|known| known == part);
        if is_new {
            degraded.push(part.to_owned());
        }
        is_new
    }

    /// Whether any part is missing or old.
    pub fn is_degraded(&self) -> bool {
        !self.lock().degraded.is_empty()
    }

    /// A value was served because the table failed, and this is how old it is. The oldest counts.
    pub fn note_age(&self, secs: i64) {
        let age = &mut self.lock().age_secs;
        *age = Some(secs.max(age.unwrap_or_default()));
    }

    /// What the limits say. They speak once for a request.
    pub fn note_limits(&self, limits: LimitTexts) {
        self.lock().limits = Some(limits);
    }

    /// The headers of the reply. What the limits say is for one client only: it is left out of a
    /// reply that is not `private`.
    pub fn headers(&self, is_private: bool) -> Vec<(&'static str, String)> {
        let notes = self.notes().into_iter().filter(|note| is_private || !note.is_private);
        notes.map(|note| (note.header, note.text)).collect()
    }

    /// The same as facts of the wide event.
    pub(super) fn facts(&self) -> Vec<(FactField, String)> {
        self.notes().into_iter().map(|note| (note.field, note.text)).collect()
    }

    fn notes(&self) -> Vec<Note> {
        let notes = self.lock();
        let degraded = (!notes.degraded.is_empty()).then(|| notes.degraded.join(", "));
        let (left, policy) = notes.limits.clone().map(|limits| (limits.left, limits.policy)).unzip();
        let age = notes.age_secs.map(|secs| secs.to_string());
        [
            ("cache-status", fields::CACHE_STATUS, false, notes.cache_status.clone()),
            ("degraded", fields::DEGRADED, false, degraded),
            ("age", fields::AGE, false, age),
            ("ratelimit", fields::RATELIMIT, true, left),
            ("ratelimit-policy", fields::RATELIMIT_POLICY, true, policy),
        ]
        .into_iter()
        .filter_map(|(header, field, is_private, text)| Some(Note { header, field, is_private, text: text? }))
        .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One note: a header of the reply, and a fact of the wide event.
struct Note {
    header: &'static str,
    field: FactField,
    /// Whether it is about this client, and nobody else may see it.
    is_private: bool,
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_read_the_oldest_value_and_each_part_once_are_told() {
        let notes = AnswerNotes::default();
        assert!(notes.headers(true).is_empty() && !notes.is_degraded());
        notes.note_cache_status(|| "l1; hit".to_owned());
        notes.note_cache_status(|| "l2; hit".to_owned());
        for age in [61, 90, 70] {
            notes.note_age(age);
        }
        assert_eq!(["b", "c", "b"].map(|part| notes.note_degraded(part)), [true, true, false]);
        let told = [("cache-status", "l1; hit"), ("degraded", "b, c"), ("age", "90")];
        assert_eq!(notes.headers(true), told.map(|(header, text)| (header, text.to_owned())));
        assert!(notes.is_degraded());
    }

    #[test]
    fn limits_are_told_to_their_client_alone_and_stand_in_the_log() {
        let notes = AnswerNotes::default();
        notes.note_limits(LimitTexts { left: "r".to_owned(), policy: "q".to_owned() });
        assert!(notes.headers(false).is_empty());
        let told = [("ratelimit", "r"), ("ratelimit-policy", "q")];
        assert_eq!(notes.headers(true), told.map(|(header, text)| (header, text.to_owned())));
        assert_eq!(notes.facts().len(), 2);
    }
}
