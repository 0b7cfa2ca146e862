//! The algorithm, in memory: a sliding window in 24 parts.
//!
//! Time is divided into parts, 23 of which are a window. Each part has one count: what was admitted
//! in it. A request is admitted if it and the counts of the last 24 parts, including the present
//! one, fit into the quota. The oldest part begins before the window, and still counts as a whole.
//! So no window, wherever it begins, has more than the quota. The price is one part in 24: a client
//! that never stops calling is admitted 23/24 = 95.8% of what an exact log would admit. If it
//! pauses for longer than a part between two requests, it can lose up to one such pause in each
//! window. The usual counter of two windows counts the oldest part in proportion, and admits up to
//! 1.88 times the quota; GCRA and fixed windows admit up to twice the quota.
//!
//! The script in [`script`](super::script) does the same in L2. A test compares the two, call by
//! call.

use super::limit::{Limit, PARTS};

/// [`PARTS`] as the length of an array.
const LEN: usize = 24;
const _: () = assert!(LEN as i128 == PARTS as i128);

/// What was admitted to one client recently.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// The part that the last count belongs to.
    at: i64,
    /// Oldest first.
    counts: [u16; LEN],
}

/// The answer of a limit to a request. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    /// How many more requests are admitted now.
    pub(super) left: u16,
    /// How long until the same request would be admitted; zero if it was.
    pub(super) wait: i64,
    /// How long until the whole quota is available again.
    pub(super) reset: i64,
}

impl Window {
    /// Drops the counts that are too old. If the clock was set back by less than the window,
    /// nothing changes until it has caught up. If it was set back by more, all counts are dropped.
    pub(super) fn age(&mut self, now_us: i64, width: i64) {
        let part = now_us.div_euclid(width);
        match part - self.at {
            gone if gone <= -PARTS || gone >= PARTS => *self = Self { at: part, counts: [0; LEN] },
            gone if gone > 0 => {
                let gone = usize::try_from(gone).unwrap_or(LEN);
                self.counts.copy_within(gone.., 0);
                self.counts[LEN - gone..].fill(0);
                self.at = part;
            }
            _ => {}
        }
    }

    /// The answer of an aged window to a request of `cost` under `quota`.
    pub(super) fn ask(&self, now_us: i64, limit: &Limit, quota: u16, cost: u16) -> Allowance {
        let (width, quota, cost) = (limit.width(), u32::from(quota), u32::from(cost));
        let total = self.total();
        let left = quota.saturating_sub(total);
        let wait = if left >= cost { 0 } else { self.frees((total + cost).saturating_sub(quota), width) - now_us };
        Allowance {
            left: u16::try_from(left).unwrap_or(u16::MAX),
            wait: millis(wait),
            reset: millis((self.at + PARTS) * width - now_us),
        }
    }

    /// When counts of at least `need` will be too old; if there are not so many, when all will be.
    fn frees(&self, need: u32, width: i64) -> i64 {
        let mut freed = 0;
        let falls_out = (1..).zip(self.counts).find(|(_, count)| {
            freed += u32::from(*count);
            freed >= need
        });
        (self.at + falls_out.map_or(PARTS, |(age, _)| age)) * width
    }

    /// The sum of an aged window's counts.
    pub(super) fn total(&self) -> u32 {
        self.counts.iter().copied().map(u32::from).sum()
    }

    /// Counts what was admitted.
    pub(super) fn add(&mut self, cost: u16) {
        self.counts[LEN - 1] = self.counts[LEN - 1].saturating_add(cost);
    }
}

pub(super) fn millis(micros: i64) -> i64 {
    micros.max(0).div_euclid(1000) + i64::from(micros.max(0) % 1000 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{collections::VecDeque, time::Duration};

    /// The exact log: a request is admitted when the window that ends with it has room.
    #[derive(Default)]
    struct ExactLog(VecDeque<(i64, u32)>, u32);

    impl ExactLog {
        fn take(&mut self, now: i64, limit: &Limit, cost: u16) -> bool {
            let window = i64::try_from(limit.window.as_micros()).unwrap();
            while self.0.front().is_some_and(|(at, _)| now - at >= window) {
                self.1 -= self.0.pop_front().map_or(0, |(_, cost)| cost);
            }
            let admits = self.1 + u32::from(cost) <= u32::from(limit.quota);
            if admits {
                self.0.push_back((now, u32::from(cost)));
                self.1 += u32::from(cost);
            }
            admits
        }
    }

    fn take(window: &mut Window, now: i64, limit: &Limit, cost: u16) -> Allowance {
        window.age(now, limit.width());
        let answer = window.ask(now, limit, limit.quota, cost);
        if answer.wait == 0 {
            window.add(cost);
        }
        answer
    }

    /// The most that was admitted in any window of these.
    fn worst(admitted: &[(i64, u16)], limit: &Limit) -> u32 {
        let window = i64::try_from(limit.window.as_micros()).unwrap();
        let (mut worst, mut sum, mut from) = (0, 0, 0);
        for (at, cost) in admitted {
            sum += u32::from(*cost);
            while at - admitted[from].0 >= window {
                sum -= u32::from(admitted[from].1);
                from += 1;
            }
            worst = worst.max(sum);
        }
        worst
    }

    /// Gaps between requests, in microseconds, of three kinds of client: steady, in bursts, and one
    /// who knows where the parts begin and waits for them.
    fn gaps(window: i64) -> impl Strategy<Value = Vec<i64>> {
        let steady = (1..window / 4).prop_map(|gap| vec![gap; 600]);
        let bursts = prop::collection::vec(prop_oneof![9 => 0_i64..200, 1 => 0..2 * window], 1..600);
        let part = window / (PARTS - 1);
        let hunter = prop::collection::vec(
            prop_oneof![
                6 => Just(0_i64),
                2 => (part - 2)..(part + 3),
                1 => (window - 2)..(window + 3),
                1 => (PARTS * part - 2)..(PARTS * part + 3)
            ],
            1..600,
        );
        prop_oneof![steady, bursts, hunter]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_window_has_more_than_the_quota(
            quota in 1_u16..200,
            (millis, gaps) in prop_oneof![Just(24_i64), Just(1_000), Just(60_000), 24_i64..100_000].prop_flat_map(|m| (Just(m), gaps(m * 1000))),
            start in 0_i64..1_000_000_000,
            costs in prop::collection::vec(1_u16..4, 1..7),
        ) {
            let limit = Limit::new(quota, Duration::from_millis(u64::try_from(millis).unwrap()));
            let (mut window, mut now, mut admitted) = (Window::default(), start, Vec::new());
            for (gap, cost) in gaps.iter().zip(costs.iter().cycle()) {
                now += gap;
                if take(&mut window, now, &limit, *cost).wait == 0 {
                    admitted.push((now, *cost));
                }
            }
            prop_assert!(worst(&admitted, &limit) <= u32::from(quota));
        }

        #[test]
        fn whoever_waits_as_told_is_admitted_and_a_millisecond_earlier_is_not(
            quota in 1_u16..50, gaps in gaps(1_000_000), cost in 1_u16..5,
        ) {
            let limit = Limit::new(quota, Duration::from_secs(1));
            let cost = cost.min(quota);
            let (mut window, mut now) = (Window::default(), 0);
            for gap in gaps {
                now += gap;
                let answer = take(&mut window, now, &limit, cost);
                if answer.wait > 0 {
                    let mut later = window;
                    prop_assert!(take(&mut later, now + (answer.wait - 1) * 1000, &limit, cost).wait > 0);
                    prop_assert_eq!(take(&mut window, now + answer.wait * 1000, &limit, cost).wait, 0);
                    now += answer.wait * 1000;
                }
            }
        }

        #[test]
        fn a_steady_overload_gets_nineteen_of_twenty_of_what_an_exact_log_admits(
            quota in 1_u16..300, factor in 11_i64..50, start in 0_i64..60_000_000, millis in prop_oneof![Just(1_000_u64), Just(60_000), 100_u64..100_000],
        ) {
            let limit = Limit::new(quota, Duration::from_millis(millis));
            // So much more than the quota, in tenths, and always somebody at the door; for a
            // hundred windows.
            let asks = (i64::from(quota) * factor / 10).max(120);
            let gap = (i64::try_from(millis).unwrap() * 1_000 / asks).max(1);
            let (mut window, mut log, mut ours, mut exact) = (Window::default(), ExactLog::default(), 0_u32, 0_u32);
            for now in (0..100 * asks).map(|call| start + call * gap) {
                ours += u32::from(take(&mut window, now, &limit, 1).wait == 0);
                exact += u32::from(log.take(now, &limit, 1));
            }
            prop_assert!(f64::from(ours) >= 0.95 * f64::from(exact), "{} of {}", ours, exact);
        }
    }

    #[test]
    fn a_limit_of_one_admits_one_a_window() {
        let (mut window, limit) = (Window::default(), Limit::per_minute(1));
        assert_eq!(take(&mut window, 7_000_000, &limit, 1).wait, 0);
        assert!(take(&mut window, 66_900_000, &limit, 1).wait > 0);
        assert_eq!(take(&mut window, 7_000_000 + 24 * limit.width(), &limit, 1).wait, 0);
    }

    #[test]
    fn a_request_dearer_than_the_quota_is_never_admitted() {
        let (mut window, limit) = (Window::default(), Limit::per_minute(3));
        for now in [0, 100_000_000] {
            let answer = take(&mut window, now, &limit, 4);
            assert!(answer.left == 3 && answer.wait > 57_000, "{answer:?}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_frees_nothing_early_and_blocks_nobody_for_long() {
        let (mut window, limit) = (Window::default(), Limit::per_minute(1));
        let hour = 3_600_000_000;
        assert_eq!(take(&mut window, hour, &limit, 1).wait, 0);
        assert!(take(&mut window, hour - 30_000_000, &limit, 1).wait > 60_000);
        assert_eq!(take(&mut window, 0, &limit, 1).wait, 0);
    }
}
