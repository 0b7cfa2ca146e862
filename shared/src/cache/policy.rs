//! How long a kind of entry is good for what.

use super::step::{Hope, Worth};
use std::time::Duration;

/// The longest that a turn may last: what a crashed holder costs the others.
pub const TURN_MAX: Duration = Duration::from_millis(500);

/// How long a load may last: so long is its fill admitted, and so long does the holder of a turn
/// wait for the table when it has something to serve in the load's place. A second more than the
/// table's client takes for a call at most.
pub const LOAD_MAX: Duration = Duration::from_secs(4);

/// After so many failed loads, without a fill between them, a read that has nothing does not wait.
const FAILURES: u32 = 3;

/// How long a read that has only a fallback waits for the holder of the turn: most loads of a
/// healthy table take less.
const FALLBACK_WAIT: Duration = Duration::from_millis(30);

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
    pub turn: Duration,
    /// After how long a load counts as failed while there is an entry to serve in its place, if
    /// sooner than [`LOAD_MAX`]; without an entry it is waited for. The holder of the next turn
    /// waits for [`LOAD_MAX`], so that a table that is always slower is cached all the same.
    pub load_limit: Option<Duration>,
    /// Whether reads are told to the client by `Cache-Status`: those of what the answer is made from.
    pub told: bool,
    /// Whether L2 is asked at its primary, where it has readers, which may lag.
    pub latest: bool,
}

impl Policy {
    /// Fresh for `ttl`; in memory for 2 s; stale for as long again as `ttl` and 30 s at most; 6 h when the table fails;
    /// absence for 5 s; jitter of a tenth; turns of 200 ms.
    pub const fn new(ttl: Duration) -> Self {
        let while_loading = if ttl.as_secs() < 30 { ttl } else { Duration::from_secs(30) };
        Self {
            ttl,
            l1_ttl: Duration::from_secs(2),
            stale_while_revalidate: while_loading,
            stale_if_error: Duration::from_hours(6),
            negative_ttl: Duration::from_secs(5),
            jitter: 0.1,
            turn: Duration::from_millis(200),
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

    /// With another turn, [`TURN_MAX`] at most.
    #[must_use]
    pub const fn turn(mut self, time: Duration) -> Self {
        self.turn = if time.as_millis() < TURN_MAX.as_millis() { time } else { TURN_MAX };
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

    /// How long the holder of a turn waits for the table when it has something to serve, if so many
    /// turns came to nothing before.
    pub fn load_limit_after(&self, turns: u32) -> Duration {
        self.load_limit.filter(|_| turns == 0).map_or(LOAD_MAX, |limit| limit.min(LOAD_MAX))
    }

    /// What `turns`, taken since the last fill or write, say about the next fill; a failed load
    /// counts as a thousand. A table that has failed once may well answer the next load.
    pub fn hope(&self, turns: u32) -> Hope {
        let most = LOAD_MAX.as_millis() / self.turn.as_millis().max(1);
        match (turns / 1000, turns % 1000) {
            (0, 0 | 1) => Hope::Soon,
            (0..FAILURES, turns) if u128::from(turns) <= most => Hope::Late,
            _ => Hope::Lost,
        }
    }

    /// How long a read that has waited for `waited` waits for the holder of the turn before it asks
    /// again: with a fallback a moment, and once; with nothing a part of the turn, after the first
    /// turn a larger one. `random` from 0 to 1.
    pub fn wait(&self, held: Worth, waited: Duration, random: f64) -> Duration {
        if held == Worth::Fallback {
            return FALLBACK_WAIT;
        }
        let part = if waited < self.turn { self.turn / 8 } else { self.turn / 4 };
        part + part.mul_f64(random)
    }
}
