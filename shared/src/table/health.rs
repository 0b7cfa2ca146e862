//! The health of a table, as one environment sees it: how long it takes, and whether to call it.
//!
//! # Promises
//! * Two timeouts in a row, or sixteen broken connections, open the table's breaker for half a
//!   second. Each probe that fails doubles that, up to two seconds from when it was sent; jitter
//!   takes off up to a half. Every answer closes the breaker, errors included: a throttled key, a
//!   failed condition and a bug of ours all prove that the table answers.
//! * Tries that were under way together when one failed count as one failure: a page of 32 shards
//!   over one dead network is one failure.
//! * A try that the request abandoned because its own time was over does not count, and neither
//!   does one that was frozen.
//!
//! A broken connection counts an eighth of a timeout, because it costs milliseconds and not
//! seconds. With half of all connections breaking, sixteen in a row occur once in 130,000 tries.

use crate::resilience::{Breaker, Pass};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// What opens a breaker, and how much one failure counts.
const THRESHOLD: u32 = 16;
pub(super) const TIMEOUT: u32 = 8;
pub(super) const LOST: u32 = 1;
/// The breaker's windows.
const WINDOW: Duration = Duration::from_millis(500);
const LONGEST_WINDOW: Duration = Duration::from_secs(2);

/// The least time of a try before another is sent. DynamoDB answers in single-digit milliseconds,
/// and 99.9% of calls within tens. A connection that died answers nothing.
const LEAST: Duration = Duration::from_millis(500);
/// A try gets this many times what tries have taken lately.
const GRACE: u32 = 2;
/// How much of the way back to shorter times each answer makes.
const DECAY: u32 = 8;

/// How long a request waits for a probe. It has nothing to serve, so its client had better get a
/// quick error.
const PROBE_WAIT: Duration = Duration::from_millis(250);
/// How many probes in a row may go without an outcome, because of freezes, before a request waits
/// for one.
const UNHEARD: u32 = 4;

/// One table.
#[derive(Debug)]
pub(super) struct TableHealth {
    breaker: Breaker,
    pace: Mutex<Latency>,
    unheard: AtomicU32,
}

#[derive(Debug, Default)]
struct Latency {
    usual: Duration,
    /// The number of failures so far.
    failures: u32,
}

impl Default for TableHealth {
    fn default() -> Self {
        let breaker = Breaker::new(THRESHOLD, WINDOW, LONGEST_WINDOW);
        Self { breaker, pace: Mutex::default(), unheard: AtomicU32::new(0) }
    }
}

impl TableHealth {
    /// How long a try may take before another is sent: twice what the slowest of the last answers
    /// took.
    fn patience(&self) -> Duration {
        LEAST.max(self.pace().usual * GRACE)
    }

    fn answered(&self, pass: Pass, took: Duration) {
        self.unheard.store(0, Ordering::Relaxed);
        self.breaker.succeeded(pass);
        let mut pace = self.pace();
        pace.usual = took.max(pace.usual.saturating_sub(pace.usual.saturating_sub(took) / DECAY));
    }

    fn admit(&self, now: Instant) -> Option<Admitted> {
        let pass = self.breaker.admit(now.into_std())?;
        Some(Admitted { pass, failures: self.pace().failures })
    }

    fn missed(&self, admitted: Admitted, sent: Instant, weight: u32) {
        self.unheard.store(0, Ordering::Relaxed);
        if admitted.pass.is_probe() {
            self.breaker.failed_by(admitted.pass, sent.into_std(), weight);
            return;
        }
        let mut pace = self.pace();
        if pace.failures == admitted.failures {
            pace.failures = pace.failures.wrapping_add(1);
            self.breaker.failed_by(admitted.pass, Instant::now().into_std(), weight);
        }
    }

    fn pace(&self) -> MutexGuard<'_, Latency> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tables of one call: one, or all that a transaction writes to.
#[derive(Debug, Clone)]
pub(super) struct Watched(Vec<Arc<TableHealth>>);

/// The permission for one try.
#[derive(Debug, Clone)]
pub(super) struct Passes(Vec<Admitted>);

/// The permission for one table, and the number of its failures at that time.
#[derive(Debug, Clone, Copy)]
struct Admitted {
    pass: Pass,
    failures: u32,
}

impl Watched {
    pub(super) fn new(tables: Vec<Arc<TableHealth>>) -> Self {
        Self(tables)
    }

    /// The permission to call, unless one of the tables is refused now.
    pub(super) fn admit(&self) -> Option<Passes> {
        let now = Instant::now();
        // This comes first: otherwise a probe could be lost because another table is refused.
        if self.0.iter().any(|table| table.breaker.opens_in(now.into_std()).is_some()) {
            return None;
        }
        self.0.iter().map(|table| table.admit(now)).collect::<Option<_>>().map(Passes)
    }

    /// How long a try may take before another is sent.
    pub(super) fn patience(&self) -> Duration {
        self.0.iter().map(|table| table.patience()).max().unwrap_or(LEAST)
    }

    /// How long a request that can do without the answer waits for a probe; `None` for no limit.
    pub(super) fn probe_wait(&self, passes: &Passes) -> Option<Duration> {
        let heard = |table: &Arc<TableHealth>| table.unheard.load(Ordering::Relaxed) <= UNHEARD;
        (passes.are_probe() && self.0.iter().all(heard)).then_some(PROBE_WAIT)
    }

    /// Whether a probe is under way.
    pub(super) fn probing(&self, passes: &Passes) {
        if passes.are_probe() {
            for table in &self.0 {
                table.unheard.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The tables answered, with a result or an error.
    pub(super) fn answered(&self, passes: &Passes, took: Duration) {
        self.0.iter().zip(&passes.0).for_each(|(table, admitted)| table.answered(admitted.pass, took));
    }

    /// A try that was sent at `sent` has failed.
    pub(super) fn missed(&self, passes: &Passes, sent: Instant, weight: u32) {
        self.0.iter().zip(&passes.0).for_each(|(table, admitted)| table.missed(*admitted, sent, weight));
    }
}

impl Passes {
    pub(super) fn are_probe(&self) -> bool {
        self.0.iter().any(|admitted| admitted.pass.is_probe())
    }
}
