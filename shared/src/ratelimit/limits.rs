//! The limits of one route, and where they are counted.

use super::{
    blocked::Blocked,
    client::Caller,
    limit::{By, Limit},
    local::Local,
    overrides,
    script::Shared,
    seats::Seats,
    tally::{self, SEPARATOR},
    verdict::Verdict,
    window::Answer,
};
use crate::{
    config::{ConfigError, Vars},
    context::Cx,
    table::Tally,
    valkey::Valkey,
};
use std::fmt;

/// Where a function counts.
#[derive(Debug, Clone)]
pub enum Store {
    /// On L2; when it is gone, by shares.
    Shared(Valkey),
    /// In a table.
    Table(Tally),
    /// Each environment for itself.
    Own,
}

/// The limits of one route in one environment.
pub struct Limits {
    route: &'static str,
    all: Vec<Limit>,
    count: Count,
    local: Local,
    blocked: Blocked,
}

enum Count {
    Shared(Box<(Shared, Seats)>),
    Table(Tally),
    Own,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limits({}, {:?})", self.route, self.all)
    }
}

impl Limits {
    /// The limits of `route`, with the quotas that configuration gives them.
    pub fn new(route: &'static str, limits: &[Limit], vars: &Vars, store: Store) -> Result<Self, ConfigError> {
        let count = match store {
            Store::Shared(valkey) => Count::Shared(Box::new((Shared::new(valkey), Seats::new(route)))),
            Store::Table(table) => Count::Table(table),
            Store::Own => Count::Own,
        };
        let all = overrides::apply(vars, route, limits)?;
        Ok(Self { route, all, count, local: Local::new(), blocked: Blocked::new() })
    }

    /// The limits, as they count.
    pub fn all(&self) -> &[Limit] {
        &self.all
    }

    /// Admits a request of `cost`, or says when it would be admitted. Always answers.
    pub async fn take(&self, cx: &Cx, caller: &Caller, cost: u16) -> Verdict {
        let rules = self.rules(caller);
        if rules.is_empty() {
            return Verdict::default();
        }
        if let Some(verdict) = self.known(cx, &rules, cost) {
            return verdict;
        }
        let (answers, lasting) = self.count(cx, &rules, cost).await;
        let now = cx.clock.now_ms();
        for ((key, _), answer) in rules.iter().zip(&answers).filter(|(_, answer)| lasting && answer.wait > 0) {
            self.blocked.note(key, cost, answer.wait, now);
        }
        let verdict = Verdict::of(&rules, &answers);
        if !verdict.is_admitted() {
            cx.event.count("throttled", 1);
        }
        verdict
    }

    /// The refusal of a request of `cost` by what counts for its account, if it is known already. Counts nothing and asks nobody.
    pub fn refused(&self, cx: &Cx, caller: &Caller, cost: u16) -> Option<Verdict> {
        let mut rules = self.rules(caller);
        rules.retain(|(_, limit)| limit.by == By::Account);
        self.known(cx, &rules, cost)
    }

    fn known(&self, cx: &Cx, rules: &[(String, Limit)], cost: u16) -> Option<Verdict> {
        let now = cx.clock.now_ms();
        let waits: Vec<Option<i64>> = rules.iter().map(|(key, _)| self.blocked.wait(key, cost, now)).collect();
        let (rules, answers): (Vec<_>, Vec<_>) = rules
            .iter()
            .zip(waits)
            .filter_map(|(rule, wait)| Some((rule.clone(), Answer { left: 0, wait: wait?, reset: wait? })))
            .unzip();
        if rules.is_empty() {
            return None;
        }
        cx.event.count("throttled", 1);
        cx.event.count("throttled_l1", 1);
        Some(Verdict::of(&rules, &answers))
    }

    /// The answers, and whether they last: those that stand in for a store that could not be asked do not, since it may be back
    /// in a second.
    async fn count(&self, cx: &Cx, rules: &[(String, Limit)], cost: u16) -> (Vec<Answer>, bool) {
        let counted = match &self.count {
            Count::Shared(both) => return self.count_shared(cx, &both.0, &both.1, rules, cost).await,
            Count::Table(table) => tally::take(table, cx, rules, cost).await.ok(),
            Count::Own => None,
        };
        if let Some(answers) = counted {
            return (answers, true);
        }
        cx.event.count("limits_local", 1);
        let answers = self.local.take(rules, |(_, limit)| limit.quota, cost, cx.clock.now_ms());
        (answers, matches!(self.count, Count::Own))
    }

    async fn count_shared(
        &self,
        cx: &Cx,
        shared: &Shared,
        seats: &Seats,
        rules: &[(String, Limit)],
        cost: u16,
    ) -> (Vec<Answer>, bool) {
        let (answers, ()) = futures_util::join!(shared.take(cx, rules, cost), seats.sit(cx, &shared.valkey));
        let now = cx.clock.now_ms();
        let Ok(answers) = answers else {
            seats.gone(now);
            cx.event.count("limits_local", 1);
            return (self.local.take(rules, |(key, limit)| seats.share(limit, fnv1a(key), now), cost, now), false);
        };
        seats.there();
        if answers.iter().all(|answer| answer.wait == 0) {
            self.local.note(rules, cost, now);
        }
        (answers, true)
    }

    /// `{n:203.0.113.7}:users-create|60000`: the limits that apply to a caller, each with the key of its count.
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

/// Fowler, Noll and Vo's hash: the same in every environment, and no secret.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
