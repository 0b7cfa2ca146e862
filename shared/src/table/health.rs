//! How a table is at the moment, as one environment sees it: how long it takes, and whether to ask
//! it at all.
//!
//! # Promises
//! * Two timeouts in a row, or sixteen broken connections, open the table's breaker for half a
//!   second; each probe that fails doubles that, up to two seconds from when it was sent, and
//!   jitter takes up to a half off. Every answer closes it, an error too: a key that is throttled,
//!   a condition that fails and a defect of ours say that the table is there.
//! * Tries that were under way together when one failed are one failure: a page that asks 32 shards
//!   over one dead network learns one thing.
//! * A try that the request gave up on, because its own time was over, says nothing. Nor does one
//!   that was frozen.
//!
//! A broken connection weighs an eighth of a timeout because it costs milliseconds where the other
//! costs seconds: with half of all connections breaking, sixteen in a row come once in 130,000
//! tries.

use crate::resilience::{Breaker, Pass};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// What opens a breaker, and what one failure counts.
const THRESHOLD: u32 = 16;
pub(super) const TIMEOUT: u32 = 8;
pub(super) const LOST: u32 = 1;
/// The breaker's windows.
const WINDOW: Duration = Duration::from_millis(500);
const LONGEST_WINDOW: Duration = Duration::from_secs(2);

/// The least time that a try gets before another is sent. DynamoDB answers in single-digit
/// milliseconds, and 99.9% of calls within tens; a connection that died says nothing at all.
const LEAST: Duration = Duration::from_millis(500);
/// A try gets so many times what tries have taken lately.
const GRACE: u32 = 2;
/// So much of the way back to shorter times is made with each answer.
const DECAY: u32 = 8;

/// How long a request waits for a probe. It has nothing to serve, and its client is better told at
/// once.
const PROBE_WAIT: Duration = Duration::from_millis(250);
/// So many probes in a row may go unheard, because the environment was frozen before their answers
/// came, until one is waited for.
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
    /// How many failures were counted.
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

/// The permission for one table, and how many of its failures had been counted by then.
#[derive(Debug, Clone, Copy)]
struct Admitted {
    pass: Pass,
    failures: u32,
}

impl Watched {
    pub(super) fn new(tables: Vec<Arc<TableHealth>>) -> Self {
        Self(tables)
    }

    /// The permission to ask, unless one of the tables is not to be asked now.
    pub(super) fn admit(&self) -> Option<Passes> {
        let now = Instant::now();
        // Looked at first: a probe that another table's breaker forbids would be lost.
        if self.0.iter().any(|table| table.breaker.opens_in(now.into_std()).is_some()) {
            return None;
        }
        self.0.iter().map(|table| table.admit(now)).collect::<Option<_>>().map(Passes)
    }

    /// How long a try may take before another is sent.
    pub(super) fn patience(&self) -> Duration {
        self.0.iter().map(|table| table.patience()).max().unwrap_or(LEAST)
    }

    /// How long a probe is waited for by whoever can go without its answer; `None` for as long as
    /// it takes.
    pub(super) fn probe_wait(&self, passes: &Passes) -> Option<Duration> {
        let heard = |table: &Arc<TableHealth>| table.unheard.load(Ordering::Relaxed) <= UNHEARD;
        (passes.are_probe() && self.0.iter().all(heard)).then_some(PROBE_WAIT)
    }

    /// A probe is on its way.
    pub(super) fn probing(&self, passes: &Passes) {
        if passes.are_probe() {
            for table in &self.0 {
                table.unheard.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The tables answered, whatever they said.
    pub(super) fn answered(&self, passes: &Passes, took: Duration) {
        self.0.iter().zip(&passes.0).for_each(|(table, admitted)| table.answered(admitted.pass, took));
    }

    /// A try that was sent at `sent` has failed now.
    pub(super) fn missed(&self, passes: &Passes, sent: Instant, weight: u32) {
        self.0.iter().zip(&passes.0).for_each(|(table, admitted)| table.missed(*admitted, sent, weight));
    }
}

impl Passes {
    pub(super) fn are_probe(&self) -> bool {
        self.0.iter().any(|admitted| admitted.pass.is_probe())
    }
}
