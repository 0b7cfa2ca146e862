//! The limits of one route, and where they count.

use super::{
    blocked::Blocked,
    client::Caller,
    in_table::{self, SEPARATOR},
    limit::{By, Limit},
    local::Local,
    overrides,
    script::SharedCounters,
    verdict::Verdict,
    window::Allowance,
};
use crate::{
    config::{ConfigError, Vars},
    context::Cx,
    table::AtomicCounters,
    telemetry::fields,
    valkey::{Valkey, ValkeyError},
};
use std::fmt;
use tokio::time::timeout;

/// Where a function counts: in L2; if that does not answer, in the table; if that does not answer
/// either, in each environment's memory.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// L2.
    pub shared: Option<Valkey>,
    /// A table: for limits that are [`durable`](Limit::durable).
    pub table: Option<AtomicCounters>,
}

/// The limits of one route in one environment.
pub struct Limits {
    route: &'static str,
    all: Vec<Limit>,
    shared: Option<SharedCounters>,
    table: Option<AtomicCounters>,
    local: Local,
    blocked: Blocked,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limits({}, {:?})", self.route, self.all)
    }
}

impl Limits {
    /// The limits of `route`, with the quotas that the settings give them.
    pub fn new(route: &'static str, limits: &[Limit], vars: &Vars, store: Store) -> Result<Self, ConfigError> {
        let all = overrides::apply(vars, route, limits)?;
        let (shared, table) = (store.shared.map(SharedCounters::new), store.table);
        Ok(Self { route, all, shared, table, local: Local::new(), blocked: Blocked::new() })
    }

    /// The limits, with these quotas.
    pub fn all(&self) -> &[Limit] {
        &self.all
    }

    /// Admits a request of `cost`, or says when it would be admitted. It never fails.
    pub async fn take(&self, cx: &Cx, caller: &Caller, cost: u16) -> Verdict {
        let rules = self.rules(caller);
        if rules.is_empty() {
            return Verdict::default();
        }
        if let Some(verdict) = self.known(cx, &rules, cost) {
            return verdict;
        }
        let answers = self.count(cx, &rules, cost).await;
        let now = cx.clock.now_ms();
        for ((key, _), answer) in rules.iter().zip(&answers).filter(|(_, answer)| answer.wait > 0) {
            self.blocked.note(key, cost, answer.wait, now);
        }
        let verdict = Verdict::of(&rules, &answers);
        if !verdict.is_admitted() {
            cx.event.count(fields::THROTTLED, 1);
        }
        verdict
    }

    fn known(&self, cx: &Cx, rules: &[(String, Limit)], cost: u16) -> Option<Verdict> {
        let now = cx.clock.now_ms();
        let waits: Vec<Option<i64>> = rules.iter().map(|(key, _)| self.blocked.wait(key, cost, now)).collect();
        let (rules, answers): (Vec<_>, Vec<_>) = rules
            .iter()
            .zip(waits)
            .filter_map(|(rule, wait)| Some((rule.clone(), Allowance { left: 0, wait: wait?, reset: wait? })))
            .unzip();
        if rules.is_empty() {
            return None;
        }
        cx.event.count(fields::THROTTLED, 1);
        cx.event.count(fields::THROTTLED_L1, 1);
        Some(Verdict::of(&rules, &answers))
    }

    async fn count(&self, cx: &Cx, rules: &[(String, Limit)], cost: u16) -> Vec<Allowance> {
        let now = || cx.clock.now_ms();
        let mut told = false;
        if let Some(shared) = &self.shared {
            let untold = match self.local.take_from_batch(rules, cost, now()) {
                Ok(answers) => return answers,
                Err(untold) => untold,
            };
            match shared.take(cx, rules, cost, &untold).await {
                Ok(answers) => {
                    self.local.note(rules, cost, &answers, now());
                    return answers;
                }
                Err(error) => told = !matches!(error, ValkeyError::NotAsked),
            }
        }
        if let Some(table) = &self.table {
            cx.event.count(fields::LIMITS_TABLE, 1);
            // The request needs the rest of its time for its work.
            if let Ok(Ok(answers)) = timeout(cx.time_left() / 4, in_table::take(table, cx, rules, cost)).await {
                self.local.note(rules, cost, &answers, now());
                return answers;
            }
        }
        cx.event.count(fields::LIMITS_LOCAL, 1);
        self.local.take(rules, cost, told, now())
    }

    /// `{n:203.0.113.7}:users-create|60000`: the limits that apply to a caller, each with the key
    /// of its count.
    fn rules(&self, caller: &Caller) -> Vec<(String, Limit)> {
        let key = |limit: &Limit| {
            let (tag, route, window) = (caller.tag(), self.route, limit.window.as_millis());
            Some(match limit.by {
                By::Client => format!("{tag}:{route}{SEPARATOR}{window}"),
                By::Account => format!("{tag}:{route}{SEPARATOR}{window}:{}", caller.account()?),
            })
        };
        self.all.iter().filter_map(|limit| Some((key(limit)?, *limit))).collect()
    }
}
