//! How long a request has waited for one dependency, all its calls together.
//!
//! A limit for each call does not limit a request: ten calls that each wait for 40 ms take 400 ms.
//! So a request carries a stopwatch, and a call waits no longer than the rest of the request's
//! limit. Calls that run at the same time count once. An answer that comes at once does not count,
//! so a worker's context, which lives long, uses up nothing while the dependency is healthy.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Runs while at least one call waits.
#[derive(Debug, Default)]
pub struct Stopwatch(Mutex<Ticks>);

#[derive(Debug, Default)]
struct Ticks {
    before: Duration,
    /// Since when it has been running, and for how many calls.
    running: Option<(Instant, u32)>,
}

/// One call that waits. The wait ends when this is dropped.
#[derive(Debug)]
#[must_use = "the wait ends when this is dropped"]
pub struct Waiting<'a> {
    watch: &'a Stopwatch,
    grace: Duration,
}

impl Stopwatch {
    /// Starts the wait of one call. A wait that is shorter than `grace` does not count.
    pub fn start(&self, grace: Duration) -> Waiting<'_> {
        let mut ticks = self.lock();
        let (since, calls) = ticks.running.unwrap_or((Instant::now(), 0));
        ticks.running = Some((since, calls + 1));
        Waiting { watch: self, grace }
    }

    /// How long at least one call has been waiting, so far.
    pub fn elapsed(&self) -> Duration {
        let ticks = self.lock();
        ticks.before + ticks.running.map_or(Duration::ZERO, |(since, _)| since.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Ticks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut ticks = self.watch.lock();
        match ticks.running {
            Some((since, 1)) => {
                let run = since.elapsed();
                ticks.before += if run < self.grace { Duration::ZERO } else { run };
                ticks.running = None;
            }
            Some((since, calls)) => ticks.running = Some((since, calls.saturating_sub(1))),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_at_the_same_time_count_once_and_pauses_do_not_count() {
        let (watch, tick) = (Stopwatch::default(), Duration::from_millis(10));
        let grace = Duration::from_millis(5);
        let first = watch.start(grace);
        tokio::time::advance(tick).await;
        let second = watch.start(grace);
        tokio::time::advance(tick).await;
        drop(first);
        tokio::time::advance(tick).await;
        assert_eq!(watch.elapsed(), 3 * tick, "while it runs");
        drop(second);
        tokio::time::advance(tick).await;
        assert_eq!(watch.elapsed(), 3 * tick, "nobody waits");
        let quick = watch.start(grace);
        tokio::time::advance(grace / 2).await;
        drop(quick);
        assert_eq!(watch.elapsed(), 3 * tick, "what is answered in no time does not count");
        let _last = watch.start(grace);
        tokio::time::advance(tick).await;
        assert_eq!(watch.elapsed(), 4 * tick);
    }
}
