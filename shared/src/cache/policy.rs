//! How long a kind of entry may be used for what.

use super::step::{Hope, Worth};
use std::time::Duration;

/// For how long an environment's memory may answer with what public replies are made of.
///
/// A product purges the CDN after a change. It has to wait for longer than this in between: a reply
/// from memory would otherwise bring the old value back, and the CDN would keep it.
pub const PUBLIC_L1_TTL: Duration = Duration::from_millis(250);

/// The longest time of a turn: what a crashed holder costs the others.
pub const TURN_MAX: Duration = Duration::from_millis(500);

/// How long a load may last. Its fill is accepted for so long, and the holder of a turn waits so
/// long for the table when it has an entry to serve instead. It is a second more than the table's
/// client takes for a call.
pub const LOAD_MAX: Duration = Duration::from_secs(4);

/// After this many failed loads without a fill between them, a read that has no entry does not
/// wait.
const FAILURES: u32 = 3;

/// How long a read that has only a fallback waits for the holder of the turn. Most loads of a
/// healthy table take less.
const FALLBACK_WAIT: Duration = Duration::from_millis(30);

/// The times of one kind of entry. [`Policy::new`] makes them; the other functions change one each.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How long an entry is fresh at most; jitter makes it shorter.
    pub ttl: Duration,
    /// How long one environment answers from its own memory. That bounds how far a frozen
    /// environment, which receives no messages, may be behind.
    pub l1_ttl: Duration,
    /// How long after `ttl` an entry may be served while one environment loads the next (RFC 5861).
    pub stale_while_revalidate: Duration,
    /// How long after `ttl` it may be served when the table fails (RFC 5861).
    pub stale_if_error: Duration,
    /// How long absence is cached.
    pub negative_ttl: Duration,
    /// By how much `ttl` varies, from 0 to 1: entries that were made together must not expire
    /// together.
    pub jitter: f64,
    /// How long one environment may load before another tries: twice the 99th percentile of a load.
    pub turn: Duration,
    /// After how long a load counts as failed while there is an entry to serve in its place, if
    /// that is sooner than [`LOAD_MAX`]. Without an entry the read waits. The holder of the next
    /// turn waits for [`LOAD_MAX`], so that a table that is always slower is cached all the same.
    pub load_limit: Option<Duration>,
    /// Whether `Cache-Status` reports reads of this kind: the ones that the response is made from.
    pub has_cache_status: bool,
    /// Whether L2's primary is asked, where L2 has readers. Readers may lag.
    pub from_primary: bool,
}

impl Policy {
    /// Fresh for `ttl`; in memory for 2 s; stale for as long again as `ttl`, 30 s at most; for 6 h
    /// when the table fails; absence for 5 s; a jitter of a tenth; turns of 200 ms.
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
            has_cache_status: true,
            from_primary: false,
        }
    }

    /// Sets the time in memory; zero keeps entries out of memory.
    #[must_use]
    pub const fn l1_ttl(mut self, time: Duration) -> Self {
        self.l1_ttl = time;
        self
    }

    /// Sets how long an entry may be served while another environment loads.
    #[must_use]
    pub const fn stale_while_revalidate(mut self, time: Duration) -> Self {
        self.stale_while_revalidate = time;
        self
    }

    /// Sets how long an entry may be served when the table fails.
    #[must_use]
    pub const fn stale_if_error(mut self, time: Duration) -> Self {
        self.stale_if_error = time;
        self
    }

    /// Sets how long absence is cached.
    #[must_use]
    pub const fn negative_ttl(mut self, time: Duration) -> Self {
        self.negative_ttl = time;
        self
    }

    /// Sets the jitter, from 0 to 1.
    #[must_use]
    pub const fn jitter(mut self, part: f64) -> Self {
        self.jitter = part.clamp(0.0, 1.0);
        self
    }

    /// Sets the time of a turn, [`TURN_MAX`] at most.
    #[must_use]
    pub const fn turn(mut self, time: Duration) -> Self {
        self.turn = if time.as_millis() < TURN_MAX.as_millis() { time } else { TURN_MAX };
        self
    }

    /// Sets after how long a load counts as failed while an entry can be served in its place.
    #[must_use]
    pub const fn load_limit(mut self, time: Duration) -> Self {
        self.load_limit = Some(time);
        self
    }

    /// Leaves this kind out of `Cache-Status`: for values that only decide who gets a response.
    #[must_use]
    pub const fn without_cache_status(mut self) -> Self {
        self.has_cache_status = false;
        self
    }

    /// Reads L2's primary, never a reader: for values that must be gone everywhere once they are
    /// gone.
    #[must_use]
    pub const fn from_primary(mut self) -> Self {
        self.from_primary = true;
        self
    }

    /// How long the holder of a turn waits for the table when it has an entry to serve, if this
    /// many turns before it brought no fill.
    pub fn load_limit_after(&self, turns: u32) -> Duration {
        self.load_limit.filter(|_| turns == 0).map_or(LOAD_MAX, |limit| limit.min(LOAD_MAX))
    }

    /// What `turns`, taken since the last fill or write, say about the next fill. A failed load
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
    /// again. With a fallback it waits a moment, once. With nothing it waits a part of the turn,
    /// and a larger part after the first turn. `random` is from 0 to 1.
    pub fn wait(&self, held: Worth, waited: Duration, random: f64) -> Duration {
        if held == Worth::Fallback {
            return FALLBACK_WAIT;
        }
        let part = if waited < self.turn { self.turn / 8 } else { self.turn / 4 };
        part + part.mul_f64(random)
    }
}
