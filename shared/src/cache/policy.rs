//! How long a kind of entry is good for what.

use std::time::Duration;

/// The longest that a lease may last: what a crashed holder costs the others.
pub const LEASE_MAX: Duration = Duration::from_millis(500);

/// The times of one kind of entry. Made with [`Policy::new`] and changed from there.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How long an entry is fresh, at most: jitter makes it shorter.
    pub ttl: Duration,
    /// How long one environment answers from its own memory: the bound on what a frozen environment, which nobody can tell
    /// anything, may be behind.
    pub l1_ttl: Duration,
    /// How long after that it may be served while one environment loads the next (RFC 5861).
    pub stale_while_revalidate: Duration,
    /// How long after `ttl` it may be served when the table fails (RFC 5861).
    pub stale_if_error: Duration,
    /// How long absence is believed.
    pub negative_ttl: Duration,
    /// By how much `ttl` varies, from 0 to 1: entries that were made together must not expire together.
    pub jitter: f64,
    /// How long one environment may load before another tries: twice the 99th percentile of a load.
    pub lease: Duration,
    /// After how long a load counts as failed while there is an entry to serve in its place; without one it is waited for.
    pub load_limit: Option<Duration>,
    /// Whether reads are told to the client by `Cache-Status`: those of what the answer is made from.
    pub told: bool,
    /// Whether L2 is asked at its primary, where it has readers, which may lag.
    pub latest: bool,
}

impl Policy {
    /// Fresh for `ttl`; in memory for 2 s; stale for as long again as `ttl` and 30 s at most; 6 h when the table fails;
    /// absence for 5 s; jitter of a tenth; leases of 200 ms.
    pub const fn new(ttl: Duration) -> Self {
        let while_loading = if ttl.as_secs() < 30 { ttl } else { Duration::from_secs(30) };
        Self {
            ttl,
            l1_ttl: Duration::from_secs(2),
            stale_while_revalidate: while_loading,
            stale_if_error: Duration::from_hours(6),
            negative_ttl: Duration::from_secs(5),
            jitter: 0.1,
            lease: Duration::from_millis(200),
            load_limit: None,
            told: true,
            latest: false,
        }
    }

    /// With another time in memory; zero keeps it out of memory.
    #[must_use]
    pub const fn l1_ttl(mut self, time: Duration) -> Self {
        self.l1_ttl = time;
        self
    }

    /// With another time to be served while one loads.
    #[must_use]
    pub const fn stale_while_revalidate(mut self, time: Duration) -> Self {
        self.stale_while_revalidate = time;
        self
    }

    /// With another time to be served when the table fails.
    #[must_use]
    pub const fn stale_if_error(mut self, time: Duration) -> Self {
        self.stale_if_error = time;
        self
    }

    /// With another time for absence.
    #[must_use]
    pub const fn negative_ttl(mut self, time: Duration) -> Self {
        self.negative_ttl = time;
        self
    }

    /// With another jitter, from 0 to 1.
    #[must_use]
    pub const fn jitter(mut self, part: f64) -> Self {
        self.jitter = part.clamp(0.0, 1.0);
        self
    }

    /// With another lease, [`LEASE_MAX`] at most.
    #[must_use]
    pub const fn lease(mut self, time: Duration) -> Self {
        self.lease = if time.as_millis() < LEASE_MAX.as_millis() { time } else { LEASE_MAX };
        self
    }

    /// With a limit on what a load may take while an entry can be served in its place: a slow source is then a failed one.
    #[must_use]
    pub const fn load_limit(mut self, time: Duration) -> Self {
        self.load_limit = Some(time);
        self
    }

    /// Not told by `Cache-Status`: for what only decides who is answered.
    #[must_use]
    pub const fn untold(mut self) -> Self {
        self.told = false;
        self
    }

    /// Asked of L2's primary, never of a reader: for what must be gone everywhere when it is gone.
    #[must_use]
    pub const fn latest(mut self) -> Self {
        self.latest = true;
        self
    }
}
