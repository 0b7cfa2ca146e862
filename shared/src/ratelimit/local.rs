//! The same windows in this environment's memory: what it has admitted itself.
//!
//! Everything that L2 admits here is counted here too. So when L2 is gone the environment does not begin anew, and when it
//! comes back for a moment it does not begin anew either.
//!
//! Not the `governor` crate: it is a GCRA, which admits up to twice its quota in a window, and it cannot be told what was
//! admitted elsewhere.

use super::{
    limit::Limit,
    window::{Answer, Window},
};
use quick_cache::unsync::Cache;
use std::sync::{Mutex, PoisonError};

/// Clients that are remembered. The least asked for go first; who comes back then begins anew.
const CLIENTS: usize = 16_384;

pub(super) struct Local(Mutex<Cache<Box<str>, Window>>);

impl Local {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Cache::new(CLIENTS)))
    }

    /// Admits within each rule's `quota`, or counts nothing.
    pub(super) fn take(
        &self,
        rules: &[(String, Limit)],
        quota: impl Fn(&(String, Limit)) -> u16,
        cost: u16,
        now_ms: i64,
    ) -> Vec<Answer> {
        let now = now_ms.saturating_mul(1000);
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let windows = rules.iter().map(|(key, limit)| aged(&map, key, limit, now));
        let mut asked: Vec<(Window, Answer)> =
            windows.zip(rules).map(|(window, rule)| (window, window.ask(now, &rule.1, quota(rule), cost))).collect();
        if asked.iter().all(|(_, answer)| answer.wait == 0) {
            for ((window, answer), (key, _)) in asked.iter_mut().zip(rules) {
                window.add(cost);
                answer.left -= cost;
                map.insert(key.as_str().into(), *window);
            }
        }
        asked.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Counts what was admitted elsewhere.
    pub(super) fn note(&self, rules: &[(String, Limit)], cost: u16, now_ms: i64) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, limit) in rules {
            let mut window = aged(&map, key, limit, now_ms.saturating_mul(1000));
            window.add(cost);
            map.insert(key.as_str().into(), window);
        }
    }
}

fn aged(map: &Cache<Box<str>, Window>, key: &str, limit: &Limit, now: i64) -> Window {
    let mut window = map.get(key).copied().unwrap_or_default();
    window.age(now, limit.width());
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_by_one_limit_uses_up_none_of_another() {
        let local = Local::new();
        let rules = [("a".to_owned(), Limit::per_minute(10)), ("b".to_owned(), Limit::per_hour(3))];
        let left = |answers: Vec<Answer>| answers.iter().map(|answer| answer.left).collect::<Vec<_>>();
        for n in 1..=3 {
            assert_eq!(left(local.take(&rules, |(_, limit)| limit.quota, 1, 5)), [10 - n, 3 - n]);
        }
        for _ in 0..9 {
            assert_eq!(left(local.take(&rules, |(_, limit)| limit.quota, 1, 5)), [7, 0]);
        }
        assert_eq!(left(local.take(&rules[..1], |_| 10, 1, 5)), [6]);
    }

    #[test]
    fn what_was_admitted_elsewhere_counts() {
        let (local, rules) = (Local::new(), [("a".to_owned(), Limit::per_minute(10))]);
        local.note(&rules, 4, 5);
        assert_eq!(local.take(&rules, |_| 5, 1, 5)[0].left, 0);
        assert!(local.take(&rules, |_| 3, 1, 5)[0].wait > 0);
    }
}
