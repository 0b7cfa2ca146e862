//! What a read answers: the value, where it came from, and how it says so.

use super::{entry::Entry, step::Worth};
use crate::{context::Cx, resilience::degrade};
use std::time::Duration;

/// The fact of the wide event that holds the `Cache-Status` text (RFC 9211) of the request's first read.
pub const STATUS: &str = "cache_status";

/// The fact of the wide event that says how old the oldest value is that was served because the
/// table failed or was slow, in seconds since the table was asked for it; the header `Age` (RFC
/// 9111, section 5.1).
pub const AGE: &str = "age";

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
    /// How long ago it ceased to be fresh; `None` while it is. A decision about money must not rest on a stale value.
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
    /// Adds to the counts `l1_hit`, `l2_hit`, `stale`, `stale_error`, `cache_miss` or `cache_lost`, and sets [`STATUS`] if it is to
    /// be told.
    pub(super) fn note(self, cx: &Cx, told: bool) {
        cx.event.count(self.count(), 1);
        if told && cx.event.fact(STATUS).is_none() {
            cx.event.set(STATUS, self.text());
        }
    }

    /// Names the value's kind among what the answer lacks, when it is old because the table failed
    /// or was slow, and says how old it is.
    pub(super) fn mark(self, cx: &Cx, kind: &str, age_ms: i64) {
        if matches!(self, Self::Fallback { .. } | Self::Saved { .. }) {
            degrade(cx, kind);
            let oldest = cx.event.fact(AGE).and_then(|age| age.as_str()?.parse().ok()).unwrap_or(0);
            cx.event.set(AGE, oldest.max(age_ms.div_euclid(1000)).to_string());
        }
    }

    fn count(self) -> &'static str {
        match self {
            Self::Hit { source: Source::L1, .. } => "l1_hit",
            Self::Hit { left_ms, .. } if left_ms > 0 => "l2_hit",
            Self::Hit { .. } => "stale",
            Self::Fallback { .. } | Self::Saved { .. } => "stale_error",
            Self::Loaded { .. } => "cache_miss",
            Self::Lost => "cache_lost",
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
        assert_eq!(cx.event.fact(STATUS), Some("l2; hit; ttl=41".into()));
        assert_eq!((cx.event.counted("l2_hit"), cx.event.counted("cache_miss")), (1, 1));
    }

    #[test]
    fn the_oldest_value_is_the_answer_s_age_and_each_kind_is_named_once() {
        let cx = Cx::detached();
        Outcome::Hit { source: Source::L2, left_ms: -1 }.mark(&cx, "page", 500_000);
        assert_eq!(cx.event.fact(AGE), None, "it was stale for no fault of the table's");
        let saved = Outcome::Saved { source: Source::L2, left_ms: -1 };
        for (kind, age) in [("article", 61_000), ("article", 90_999), ("author", 70_000)] {
            saved.mark(&cx, kind, age);
        }
        assert_eq!(cx.event.fact(AGE), Some("90".into()));
        assert_eq!(cx.event.fact(crate::resilience::DEGRADED), Some("article, author".into()));
    }

    #[test]
    fn a_stale_answer_has_a_negative_ttl() {
        assert_eq!(Outcome::Hit { source: Source::L2, left_ms: -2_500 }.text(), "l2; hit; ttl=-3");
        assert_eq!(Outcome::Loaded { l2: true, held: Worth::Nothing, stored: true }.text(), "l2; fwd=miss; stored");
    }
}
