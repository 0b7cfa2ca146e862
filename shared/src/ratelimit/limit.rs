//! What a limit says.

use std::time::Duration;

/// How many parts a window has. See [`window`](super::window) for why, and for what it costs.
pub(super) const PARTS: i64 = 24;

/// What a limit counts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The client: whoever is signed in, else the network that the request came from.
    Client,
    /// The account that the request names (whom a sign-in is for), for this client alone: nobody
    /// locks another out.
    Account,
}

impl By {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Account => "account",
        }
    }
}

/// So much in a window of so long, for each client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    pub(super) quota: u16,
    pub(super) window: Duration,
    pub(super) by: By,
    pub(super) durable: bool,
    pub(super) batched: bool,
}

/// A batch is this part of the quota.
const BATCH: u16 = 20;

impl Limit {
    /// `quota` in any `window`, at most 65,535 of them: what a packed counter holds. For more, take
    /// a shorter window.
    ///
    /// # Panics
    /// On a quota of nothing, which is no limit but a closed door, and on a window shorter than 24
    /// milliseconds. In a constant that is an error of the compiler's.
    pub const fn new(quota: u16, window: Duration) -> Self {
        assert!(quota > 0, "a limit of nothing");
        assert!(window.as_millis() >= PARTS as u128, "a window that cannot be parted");
        Self { quota, window, by: By::Client, durable: false, batched: false }
    }

    /// `quota` in any second.
    pub const fn per_second(quota: u16) -> Self {
        Self::new(quota, Duration::from_secs(1))
    }

    /// `quota` in any minute.
    pub const fn per_minute(quota: u16) -> Self {
        Self::new(quota, Duration::from_mins(1))
    }

    /// `quota` in any hour.
    pub const fn per_hour(quota: u16) -> Self {
        Self::new(quota, Duration::from_hours(1))
    }

    /// Counted apart by something else than the client.
    #[must_use]
    pub const fn by(self, by: By) -> Self {
        Self { by, ..self }
    }

    /// Counted in a table when L2 does not answer, or where there is none: for what guards a
    /// password or sends a mail. Without L2 the others are counted by each environment for itself.
    #[must_use]
    pub const fn durable(self) -> Self {
        Self { durable: true, ..self }
    }

    /// Counted in batches: for reads, which a round trip of their limit's own would slow down. An
    /// environment admits a twentieth of the quota in a window (one at least) without asking, and
    /// tells L2 afterwards.
    #[must_use]
    pub const fn batched(self) -> Self {
        Self { batched: true, ..self }
    }

    /// What it is called on the wire: `client-60s`.
    pub fn name(&self) -> String {
        match self.window.as_millis() {
            millis if millis.is_multiple_of(1000) => format!("{}-{}s", self.by.name(), millis / 1000),
            millis => format!("{}-{millis}ms", self.by.name()),
        }
    }

    /// How many a window.
    pub fn quota(&self) -> u16 {
        self.quota
    }

    /// How long the window is.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// What it counts apart.
    pub fn counts_by(&self) -> By {
        self.by
    }

    /// Whether it is counted in a table when L2 does not answer.
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Whether it is counted in batches.
    pub fn is_batched(&self) -> bool {
        self.batched
    }

    /// How much an environment admits in a window before it asks L2; nothing, unless it is counted
    /// in batches.
    pub fn batch(&self) -> u16 {
        if self.batched { (self.quota / BATCH).max(1) } else { 0 }
    }

    pub(super) fn with_quota(self, quota: u16) -> Self {
        Self { quota: if quota == 0 { 1 } else { quota }, ..self }
    }

    /// The length of a part, in microseconds: 23 parts are a window.
    pub(super) fn width(&self) -> i64 {
        let micros = i64::try_from(self.window.as_micros()).unwrap_or(i64::MAX / 2);
        (micros + PARTS - 2) / (PARTS - 1)
    }

    /// How long a count can matter, in milliseconds.
    pub(super) fn span_ms(&self) -> i64 {
        (PARTS * self.width() + 999) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_three_parts_cover_the_window_and_hardly_more() {
        for limit in
            [Limit::per_second(1), Limit::per_minute(5), Limit::per_hour(9), Limit::new(1, Duration::from_millis(25))]
        {
            let window = i64::try_from(limit.window.as_micros()).unwrap();
            let covered = (PARTS - 1) * limit.width();
            assert!((window..window + PARTS).contains(&covered), "{limit:?}: {covered}");
        }
    }

    #[test]
    fn a_limit_is_named_by_what_it_counts_and_how_long() {
        assert_eq!(Limit::per_hour(9).by(By::Account).name(), "account-3600s");
        assert_eq!(Limit::new(9, Duration::from_millis(100)).name(), "client-100ms");
    }
}
