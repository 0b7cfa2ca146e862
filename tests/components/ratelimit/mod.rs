//! Limits against real servers: their promises, and each way in which they could break them.

mod batches;
mod exact;
mod fleet;
mod keys;
mod outage;
mod script;
mod table;

use shared::{
    clock::Clock,
    config::Vars,
    context::Cx,
    edge::Network,
    ratelimit::{Caller, Limit, Limits, Store},
    valkey::{Timeouts, Valkey},
};
use std::{collections::VecDeque, time::Duration};

/// Where tests that move the clock begin.
const START: i64 = 1_800_000_000_000;

/// Long enough for a busy machine: what a test measures is not the timeout.
fn patient() -> Timeouts {
    Timeouts { command: Duration::from_secs(5), connect: Duration::from_secs(5), window: Duration::from_millis(200) }
}

/// The limits of a route, in an execution environment of their own.
fn environment(url: &str, limits: &[Limit]) -> Limits {
    let store = Store { shared: Some(Valkey::connect(url, patient()).unwrap()), table: None };
    Limits::new("route", limits, &Vars::from_pairs([("", "")]), store).unwrap()
}

fn cx(clock: &Clock) -> Cx {
    Cx::new(clock.clone(), "test", Duration::from_mins(1))
}

fn somebody(address: &str) -> Caller {
    Caller::from_network(Network::of(Some(address.parse().unwrap())))
}

/// The exact log: all that was admitted in the window that ends now, one by one.
struct Log {
    window: i64,
    quota: i64,
    admitted: VecDeque<(i64, i64)>,
}

impl Log {
    fn new(quota: u16, window: Duration) -> Self {
        let window = i64::try_from(window.as_micros()).unwrap();
        Self { window, quota: i64::from(quota), admitted: VecDeque::new() }
    }

    /// What the window holds.
    fn total(&mut self, now: i64) -> i64 {
        while self.admitted.front().is_some_and(|(at, _)| now - at >= self.window) {
            self.admitted.pop_front();
        }
        self.admitted.iter().map(|(_, cost)| cost).sum()
    }

    /// Admits what an exact log admits.
    fn take(&mut self, now: i64, cost: i64) -> bool {
        let admits = self.total(now) + cost <= self.quota;
        if admits {
            self.admitted.push_back((now, cost));
        }
        admits
    }

    /// Notes what was admitted, and answers with what the window holds then.
    fn note(&mut self, now: i64, cost: i64) -> i64 {
        self.admitted.push_back((now, cost));
        self.total(now)
    }
}

/// Knuth's linear congruential generator, so that a run can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 32) * n) >> 32
    }

    fn index(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).unwrap()
    }
}
