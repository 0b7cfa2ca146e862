//! The same windows in this environment's memory, with what it has admitted itself.
//!
//! Everything that L2 or the table admits is counted here too. So when they do not answer, the
//! environment does not begin at zero. It admits up to the whole quota by its own count.
//!
//! The `governor` crate does not fit: it is a GCRA, which admits up to twice its quota in a window,
//! and it cannot include what was admitted elsewhere.

use super::{
    limit::Limit,
    window::{Allowance, Window},
};
use quick_cache::unsync::Cache;
use std::sync::{Mutex, PoisonError};

/// How many clients are remembered. The least used ones are forgotten first, and begin at zero when
/// they come back.
const CLIENTS: usize = 16_384;

pub(super) struct Local(Mutex<Cache<Box<str>, ClientCount>>);

/// What this environment knows of one client and limit.
#[derive(Debug, Clone, Copy, Default)]
struct ClientCount {
    /// What it has admitted.
    admitted: Window,
    /// The part of it that was not reported to L2 yet.
    untold: Window,
    /// What L2 had left after the last report; `None` before that.
    left: Option<u16>,
}

impl ClientCount {
    fn add(&mut self, cost: u16, told: bool) {
        self.admitted.add(cost);
        if !told {
            self.untold.add(cost);
        }
    }
}

impl Local {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Cache::new(CLIENTS)))
    }

    /// Admits a request if it fits into each rule's quota; otherwise it counts nothing. With
    /// `told`, everything unreported and this request were sent to L2, which did not answer. L2 may
    /// have counted them, so they are not sent again.
    pub(super) fn take(&self, rules: &[(String, Limit)], cost: u16, told: bool, now_ms: i64) -> Vec<Allowance> {
        self.with(rules, now_ms, |clients, now| {
            if told {
                for client in clients.iter_mut() {
                    client.untold = Window::default();
                }
            }
            let ask =
                |client: &ClientCount, rule: &(String, Limit)| client.admitted.ask(now, &rule.1, rule.1.quota, cost);
            let mut answers: Vec<Allowance> =
                clients.iter().zip(rules).map(|(client, rule)| ask(client, rule)).collect();
            if answers.iter().all(|answer| answer.wait == 0) {
                for (client, answer) in clients.iter_mut().zip(&mut answers) {
                    client.add(cost, told);
                    answer.left -= cost;
                }
            }
            answers
        })
    }

    /// Counts a request that L2 or the table has answered with `answers`.
    pub(super) fn note(&self, rules: &[(String, Limit)], cost: u16, answers: &[Allowance], now_ms: i64) {
        let admitted = answers.iter().all(|answer| answer.wait == 0);
        self.with(rules, now_ms, |clients, _| {
            for (client, answer) in clients.iter_mut().zip(answers) {
                client.untold = Window::default();
                client.left = Some(answer.left);
                if admitted {
                    client.add(cost, true);
                }
            }
        });
    }

    /// Admits a request from each rule's batch. If one batch is used up, it counts nothing, and
    /// returns how much of each rule was not reported to L2 yet.
    pub(super) fn take_from_batch(
        &self,
        rules: &[(String, Limit)],
        cost: u16,
        now_ms: i64,
    ) -> Result<Vec<Allowance>, Vec<u16>> {
        self.with(rules, now_ms, |clients, now| {
            let fits = |client: &ClientCount, limit: &Limit| {
                let most = client.left.map_or(limit.batch(), |left| left.min(limit.batch()));
                client.untold.total() + u32::from(cost) <= u32::from(most)
            };
            if !clients.iter().zip(rules).all(|(client, (_, limit))| fits(client, limit)) {
                return Err(clients.iter().map(|client| saturated(client.untold.total())).collect());
            }
            let answer = |client: &mut ClientCount, limit: &Limit| {
                client.add(cost, false);
                let mut answer = client.admitted.ask(now, limit, limit.quota, 0);
                let untold = saturated(client.untold.total());
                let known = client.left.map_or(answer.left, |left| left.saturating_sub(untold));
                answer.left = answer.left.min(known);
                answer
            };
            Ok(clients.iter_mut().zip(rules).map(|(client, (_, limit))| answer(client, limit)).collect())
        })
    }

    /// Calls `change` with the present counts of each rule's client, and keeps what it makes of
    /// them.
    fn with<T>(&self, rules: &[(String, Limit)], now_ms: i64, change: impl FnOnce(&mut [ClientCount], i64) -> T) -> T {
        let now = now_ms.saturating_mul(1000);
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let client = |(key, limit): &(String, Limit)| {
            let mut client = map.get(key.as_str()).copied().unwrap_or_default();
            client.admitted.age(now, limit.width());
            client.untold.age(now, limit.width());
            client
        };
        let mut clients: Vec<ClientCount> = rules.iter().map(client).collect();
        let outcome = change(&mut clients, now);
        for (client, (key, _)) in clients.into_iter().zip(rules) {
            map.insert(key.as_str().into(), client);
        }
        outcome
    }
}

fn saturated(total: u32) -> u16 {
    u16::try_from(total).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(answers: &[Allowance]) -> Vec<u16> {
        answers.iter().map(|answer| answer.left).collect()
    }

    fn told(left: u16) -> [Allowance; 1] {
        [Allowance { left, wait: 0, reset: 0 }]
    }

    #[test]
    fn a_refusal_by_one_limit_uses_up_none_of_another() {
        let local = Local::new();
        let rules = [("a".to_owned(), Limit::per_minute(10)), ("b".to_owned(), Limit::per_hour(3))];
        for n in 1..=3 {
            assert_eq!(left(&local.take(&rules, 1, false, 5)), [10 - n, 3 - n]);
        }
        for _ in 0..9 {
            assert_eq!(left(&local.take(&rules, 1, false, 5)), [7, 0]);
        }
        assert_eq!(left(&local.take(&rules[..1], 1, false, 5)), [6]);
    }

    #[test]
    fn what_was_admitted_elsewhere_counts() {
        let (local, rules) = (Local::new(), [("a".to_owned(), Limit::per_minute(5))]);
        local.note(&rules, 4, &told(1), 5);
        assert_eq!(local.take(&rules, 1, false, 5)[0].left, 0);
        assert!(local.take(&rules, 1, false, 5)[0].wait > 0);
    }

    #[test]
    fn a_batch_is_used_up_before_l2_is_asked_and_is_there_again_when_l2_was_told() {
        let (local, rules) = (Local::new(), [("a".to_owned(), Limit::per_minute(60).batched())]);
        for n in 1..=3 {
            assert_eq!(left(&local.take_from_batch(&rules, 1, 5).unwrap()), [60 - n]);
        }
        assert_eq!(local.take_from_batch(&rules, 1, 5).unwrap_err(), [3]);
        // Others have used most of the quota.
        local.note(&rules, 1, &told(2), 5);
        for n in [1, 0] {
            assert_eq!(left(&local.take_from_batch(&rules, 1, 5).unwrap()), [n]);
        }
        assert_eq!(local.take_from_batch(&rules, 1, 5).unwrap_err(), [2]);
    }

    #[test]
    fn what_is_older_than_a_window_is_not_told_any_more() {
        let (local, rules) = (Local::new(), [("a".to_owned(), Limit::per_minute(60).batched())]);
        for _ in 0..3 {
            local.take_from_batch(&rules, 1, 5).unwrap();
        }
        assert_eq!(local.take_from_batch(&rules, 1, 59_000).unwrap_err(), [3]);
        assert!(local.take_from_batch(&rules, 1, 63_000).is_ok());
    }
}
