//! Batches over time, against the exact log: many environments whose clocks are apart, a client
//! that stops and comes back, a flush, an outage. L2 is a window in memory, which a component test
//! holds the script to.

use super::{
    blocked::Blocked,
    limit::{Limit, PARTS},
    local::Local,
    window::{Allowance, Window},
};
use proptest::prelude::*;
use std::{collections::VecDeque, time::Duration};

const KEY: &str = "a";

/// L2's count of one client. It counts on a clock of its own.
#[derive(Default)]
struct SharedWindow {
    window: Window,
    gone: bool,
}

impl SharedWindow {
    fn take(&mut self, now_us: i64, limit: &Limit, spent: u16) -> Option<Allowance> {
        if self.gone {
            return None;
        }
        self.window.age(now_us, limit.width());
        self.window.add(spent);
        let mut answer = self.window.ask(now_us, limit, limit.quota, 1);
        if answer.wait == 0 {
            self.window.add(1);
            answer.left -= 1;
        }
        Some(answer)
    }
}

struct FleetMember {
    local: Local,
    blocked: Blocked,
    ahead_ms: i64,
}

impl FleetMember {
    fn new(ahead_ms: i64) -> Self {
        Self { local: Local::new(), blocked: Blocked::new(), ahead_ms }
    }

    /// What `Limits::take` does.
    fn admits(&self, l2: &mut SharedWindow, now_ms: i64, limit: Limit) -> bool {
        let (now, rules) = (now_ms + self.ahead_ms, [(KEY.to_owned(), limit)]);
        if self.blocked.wait(KEY, 1, now).is_some() {
            return false;
        }
        let answers = match self.local.take_from_batch(&rules, 1, now) {
            Ok(answers) => answers,
            Err(untold) => match l2.take(now_ms * 1000, &limit, untold[0]) {
                Some(answer) => {
                    self.local.note(&rules, 1, &[answer], now);
                    vec![answer]
                }
                None => self.local.take(&rules, 1, false, now),
            },
        };
        if answers[0].wait > 0 {
            self.blocked.note(KEY, 1, answers[0].wait, now);
        }
        answers[0].wait == 0
    }
}

/// Everything that was admitted lately.
struct AdmissionLog {
    window_ms: i64,
    admitted: VecDeque<i64>,
}

impl AdmissionLog {
    fn new(limit: &Limit) -> Self {
        Self { window_ms: i64::try_from(limit.window.as_millis()).unwrap(), admitted: VecDeque::new() }
    }

    /// What the window that ends now holds.
    fn total(&mut self, now_ms: i64) -> usize {
        while self.admitted.front().is_some_and(|at| now_ms - at >= self.window_ms) {
            self.admitted.pop_front();
        }
        self.admitted.len()
    }
}

/// The pauses of a client, in milliseconds: steady, in bursts, or knowing where the parts begin.
fn gaps(window: i64) -> impl Strategy<Value = Vec<i64>> {
    let part = window / (PARTS - 1);
    let steady = (1..window / 100).prop_map(|gap| vec![gap; 900]);
    let bursts = prop::collection::vec(prop_oneof![60 => 0_i64..2, 1 => 0..3 * window], 100..900);
    let hunter = prop::collection::vec(
        prop_oneof![
            40 => Just(0_i64),
            2 => (part - 1)..(part + 2),
            1 => (window - 1)..(window + 2),
            1 => (PARTS * part)..(PARTS * part + 3),
        ],
        100..900,
    );
    prop_oneof![steady, bursts, hunter]
}

fn limit(quota: u16, window: i64) -> Limit {
    Limit::new(quota, Duration::from_millis(u64::try_from(window).unwrap())).batched()
}

/// Environments by how far their clocks are ahead, and which one the client meets at each call: the
/// one before, mostly, or any.
fn fleet() -> impl Strategy<Value = (Vec<i64>, Vec<usize>, bool)> {
    (prop::collection::vec(-90_000_i64..90_000, 1..12), prop::collection::vec(0..1_000_usize, 900), any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn no_window_has_more_than_the_quota_and_a_batch_for_each_environment(
        quota in 1_u16..400,
        (window, gaps) in prop_oneof![Just(1_000_i64), Just(60_000)].prop_flat_map(|w| (Just(w), gaps(w))),
        (clocks, picks, sticky) in fleet(),
        flush in prop::option::of(0_usize..900),
    ) {
        let limit = limit(quota, window);
        let fleet: Vec<_> = clocks.into_iter().map(FleetMember::new).collect();
        let (mut l2, mut log, mut now, mut at) = (SharedWindow::default(), AdmissionLog::new(&limit), 1_800_000_000_000, 0);
        let bound = usize::from(quota) * (1 + usize::from(flush.is_some())) + fleet.len() * usize::from(limit.batch());
        for (call, (gap, pick)) in gaps.iter().zip(picks).enumerate() {
            now += gap;
            if flush == Some(call) {
                l2 = SharedWindow::default();
            }
            if !sticky || pick < 50 {
                at = pick % fleet.len();
            }
            if fleet[at].admits(&mut l2, now, limit) {
                log.admitted.push_back(now);
                prop_assert!(log.total(now) <= bound, "call {}: {} of {}", call, log.admitted.len(), bound);
            }
        }
    }

    #[test]
    fn who_asks_for_less_than_a_third_of_the_quota_is_never_refused_with_l2_or_without(
        quota in 3_u16..400,
        (window, gaps) in prop_oneof![Just(1_000_i64), Just(60_000)].prop_flat_map(|w| (Just(w), gaps(w))),
        (clocks, picks, sticky) in fleet(),
        outage in prop::option::of((0_usize..900, 0_usize..400)),
    ) {
        let limit = limit(quota, window);
        let fleet: Vec<_> = clocks.into_iter().map(FleetMember::new).collect();
        let (mut l2, mut log, mut now, mut at) = (SharedWindow::default(), AdmissionLog::new(&limit), 1_800_000_000_000, 0);
        for (call, (gap, pick)) in gaps.iter().zip(picks).enumerate() {
            now += gap;
            l2.gone = outage.is_some_and(|(from, calls)| (from..from + calls).contains(&call));
            if !sticky || pick < 50 {
                at = pick % fleet.len();
            }
            // The client keeps to its third.
            if log.total(now) < usize::from(quota / 3) {
                log.admitted.push_back(now);
                prop_assert!(fleet[at].admits(&mut l2, now, limit), "call {}", call);
            }
        }
    }

    #[test]
    fn a_steady_overload_gets_nineteen_of_twenty_of_what_an_exact_log_admits(
        quota in 20_u16..400, environments in 1_usize..12, picks in prop::collection::vec(0..1_000_usize, 997),
    ) {
        let limit = limit(quota, 60_000);
        let fleet: Vec<_> = (0..environments).map(|_| FleetMember::new(0)).collect();
        let (mut l2, mut log, mut now) = (SharedWindow::default(), AdmissionLog::new(&limit), 1_800_000_000_000);
        let (mut ours, mut exact) = (0, 0);
        // Twice the quota, for twenty windows.
        let gap = 60_000 / (2 * i64::from(quota));
        for call in 0..usize::from(quota) * 40 {
            now += gap;
            ours += u32::from(fleet[picks[call % picks.len()] % environments].admits(&mut l2, now, limit));
            if log.total(now) < usize::from(quota) {
                log.admitted.push_back(now);
                exact += 1;
            }
        }
        prop_assert!(f64::from(ours) >= 0.95 * f64::from(exact), "{} of {}", ours, exact);
    }
}
