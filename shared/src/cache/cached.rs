//! What a read answers: the value, where it came from, and how it says so.

use super::{entry::Entry, step::Worth};
use crate::{
    context::Cx,
    resilience::degrade,
    telemetry::{CountField, fields},
};
use std::time::Duration;

/// The layer that answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// This environment's memory.
    L1,
    /// The shared cache.
    L2,
    /// The loader.
    Table,
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached<V> {
    /// The value.
    pub value: V,
    /// Who answered.
    pub source: Source,
    /// How long ago it ceased to be fresh; `None` while it is fresh. A decision about money must
    /// not rest on a stale value.
    pub stale: Option<Duration>,
    /// How long it stays fresh; zero when it is stale.
    pub ttl: Duration,
    /// How long ago the table was asked for it.
    pub age: Duration,
}

impl<V> Cached<V> {
    pub(super) fn mark_stale(self) -> Self {
        Self { stale: Some(self.stale.unwrap_or_default()), ttl: Duration::ZERO, ..self }
    }
}

impl<V: Clone> Cached<V> {
    /// The entry's value, if it has one.
    pub(super) fn of(entry: &Entry<V>, source: Source, now: i64) -> Option<Self> {
        let left = entry.fresh_until - now;
        let span = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        let stale = (left <= 0 && source != Source::Table).then(|| span(-left));
        let age = span(now - entry.loaded);
        entry.value.clone().map(|value| Self { value, source, stale, ttl: span(left), age })
    }
}

/// How a read went.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    /// Answered by a layer, without asking the table.
    Hit { source: Source, left_ms: i64 },
    /// The same, by an entry that is served only when the table fails or is slow.
    Fallback { source: Source, left_ms: i64 },
    /// The table was asked and failed.
    Saved { source: Source, left_ms: i64 },
    /// The table answered.
    Loaded { l2: bool, held: Worth, stored: bool },
    /// The table failed, and there was nothing to serve.
    Lost,
}

impl Outcome {
    /// Counts it, and notes it for the answer's `Cache-Status` if it is to be told.
    pub(super) fn note(self, cx: &Cx, told: bool) {
        cx.event.count(self.count(), 1);
        if told {
            cx.answer.note_cache_status(|| self.text());
        }
    }

    /// Names the value's kind among what the answer lacks, when it is old because the table failed
    /// or was slow, and says how old it is.
    pub(super) fn mark(self, cx: &Cx, kind: &str, age_ms: i64) {
        if matches!(self, Self::Fallback { .. } | Self::Saved { .. }) {
            degrade(cx, kind);
            cx.answer.note_age(age_ms.div_euclid(1000));
        }
    }

    fn count(self) -> CountField {
        match self {
            Self::Hit { source: Source::L1, .. } => fields::L1_HIT,
            Self::Hit { left_ms, .. } if left_ms > 0 => fields::L2_HIT,
            Self::Hit { .. } => fields::STALE,
            Self::Fallback { .. } | Self::Saved { .. } => fields::STALE_ERROR,
            Self::Loaded { .. } => fields::CACHE_MISS,
            Self::Lost => fields::CACHE_LOST,
        }
    }

    fn text(self) -> String {
        let name = |source| if source == Source::L1 { "l1" } else { "l2" };
        match self {
            Self::Hit { source: Source::L1, .. } => "l1; hit".to_owned(),
            Self::Hit { source, left_ms } => format!("{}; hit; ttl={}", name(source), left_ms.div_euclid(1000)),
            Self::Fallback { source, left_ms } => {
                format!("{}; hit; ttl={}; detail=stale-if-error", name(source), left_ms.div_euclid(1000))
            }
            Self::Saved { source, left_ms } => {
                format!("{}; fwd=stale; ttl={}; detail=stale-if-error", name(source), left_ms.div_euclid(1000))
            }
            Self::Loaded { l2, held, stored } => {
                let layer = if l2 { "l2" } else { "l1" };
                let why = if held == Worth::Nothing { "miss" } else { "stale" };
                format!("{layer}; fwd={why}{}", if stored { "; stored" } else { "" })
            }
            Self::Lost => "l2; fwd=miss; detail=failed".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_names_the_layer_that_answered_first() {
        let cx = Cx::detached();
        Outcome::Lost.note(&cx, false);
        Outcome::Hit { source: Source::L2, left_ms: 41_900 }.note(&cx, true);
        Outcome::Loaded { l2: true, held: Worth::Nothing, stored: true }.note(&cx, true);
        let line = r#"{"cache_lost":1,"cache_miss":1,"cache_status":"l2; hit; ttl=41","l2_hit":1}"#;
        assert_eq!(cx.to_line(), line);
    }

    #[test]
    fn the_oldest_value_is_the_answer_s_age_and_each_kind_is_named_once() {
        let cx = Cx::detached();
        Outcome::Hit { source: Source::L2, left_ms: -1 }.mark(&cx, "page", 500_000);
        assert!(cx.answer.headers(true).is_empty(), "it was stale for no fault of the table's");
        let saved = Outcome::Saved { source: Source::L2, left_ms: -1 };
        for (kind, age) in [("article", 61_000), ("article", 90_999), ("author", 70_000)] {
            saved.mark(&cx, kind, age);
        }
        let told = [("degraded", "article, author"), ("age", "90")];
        assert_eq!(cx.answer.headers(true), told.map(|(header, text)| (header, text.to_owned())));
    }

    #[test]
    fn a_stale_answer_has_a_negative_ttl() {
        assert_eq!(Outcome::Hit { source: Source::L2, left_ms: -2_500 }.text(), "l2; hit; ttl=-3");
        assert_eq!(Outcome::Loaded { l2: true, held: Worth::Nothing, stored: true }.text(), "l2; fwd=miss; stored");
    }
}
