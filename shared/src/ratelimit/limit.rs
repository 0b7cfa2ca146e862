//! What a limit is.

use std::time::Duration;

/// How many parts a window has. See [`window`](super::window) for why, and for what it costs.
pub(super) const PARTS: i64 = 24;

/// What has a count of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The client: the account that is signed in, or else the network that the request came from.
    Client,
    /// The account that the request names, as a sign-in does, together with the client. So no
    /// client can lock another one out.
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

/// A quota in a window, for each client.
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
    /// `quota` in any `window`, at most 65,535, because a packed counter has two bytes. For more,
    /// use a shorter window.
    ///
    /// # Panics
    /// If the quota is zero, or the window is shorter than 24 milliseconds. In a constant this is a
    /// compile error.
    pub const fn new(quota: u16, window: Duration) -> Self {
        assert!(quota > 0, "a limit of nothing");
        assert!(window.as_millis() >= PARTS as u128, "a window that cannot be parted");
        Self { quota, window, by: By::Client, durable: false, batched: false }
    }

    /// `quota` in any minute.
    pub const fn per_minute(quota: u16) -> Self {
        Self::new(quota, Duration::from_mins(1))
    }

    /// `quota` in any hour.
    pub const fn per_hour(quota: u16) -> Self {
        Self::new(quota, Duration::from_hours(1))
    }

    /// Counts by something else than the client.
    #[must_use]
    pub const fn by(self, by: By) -> Self {
        Self { by, ..self }
    }

    /// Counts in a table when L2 does not answer, or does not exist. For limits that guard a
    /// password or send a mail. Without L2, each environment counts the other limits for itself.
    #[must_use]
    pub const fn durable(self) -> Self {
        Self { durable: true, ..self }
    }

    /// Counts in batches. For reads, which a round trip for their limit would slow down. An
    /// environment admits a twentieth of the quota in a window, and at least one request, without a
    /// call, and reports it to L2 afterwards.
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

    /// How many requests a window admits.
    pub fn quota(&self) -> u16 {
        self.quota
    }

    /// How long the window is.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// What it counts by.
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

    /// How much an environment admits in a window before it calls L2: zero, unless the limit counts
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
        for limit in [
            Limit::new(1, Duration::from_secs(1)),
            Limit::per_minute(5),
            Limit::per_hour(9),
            Limit::new(1, Duration::from_millis(25)),
        ] {
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
