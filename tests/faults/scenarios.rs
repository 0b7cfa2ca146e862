//! What fails, for how long, and who may notice.

use crate::seen::{History, Kind, Seen, median};
use faults::{CACHE, Fault, Faults, Rule};
use std::time::Duration;

/// The last one, in which what was kept has ended.
pub(crate) const KEPT: &str = "table hangs";

/// What needs the table in any case.
const TABLE: &[Kind] =
    &[Kind::Orders, Kind::Order, Kind::Strangers, Kind::Buy, Kind::Rename, Kind::SignIn, Kind::SignOut];
/// The same, when nothing answers for the table at all: a product that nobody has asked for, an
/// account that its owner has just changed and a session that has just begun are in no cache. That
/// what a cache has is served is measured in one layer (`table::outages`, `sessions::outages`);
/// here a part of all answers must come from caches.
const ALL_OF_TABLE: &[Kind] = &[
    Kind::Product,
    Kind::Me,
    Kind::Session,
    Kind::Orders,
    Kind::Order,
    Kind::Strangers,
    Kind::Buy,
    Kind::Rename,
    Kind::SignIn,
    Kind::SignOut,
];
const NOBODY: &[Kind] = &[];

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) time: Duration,
    rules: Vec<Rule>,
    /// The name of a fault that lasts longer than this scenario, and its rule.
    begins: Option<(&'static str, Rule)>,
    /// Such a fault, when it is over with this scenario.
    ends: Option<&'static str>,
    /// Who may get a 503 with `Retry-After` in place of an answer. Nobody ever gets anything else.
    may_fail: &'static [Kind],
    /// Of a hundred requests, how many are answered at least.
    at_least: usize,
    /// How long half of the refusals may take at most, where a breaker ends the waiting.
    refused_within: Option<Duration>,
}

impl Scenario {
    pub(crate) fn set(&self, faults: &Faults) {
        for (number, rule) in self.rules.iter().enumerate() {
            faults.set(&format!("{}-{number}", self.name), rule.clone());
        }
        if let Some((name, rule)) = &self.begins {
            faults.set(name, rule.clone());
        }
    }

    pub(crate) fn clear(&self, faults: &Faults) {
        for number in 0..self.rules.len() {
            faults.clear(&format!("{}-{number}", self.name));
        }
        if let Some(name) = self.ends {
            faults.clear(name);
        }
    }

    fn new(name: &'static str, milliseconds: u64, rules: Vec<Rule>) -> Self {
        let time = Duration::from_millis(milliseconds);
        let (begins, ends, may_fail, at_least, refused_within) = (None, None, NOBODY, 100, None);
        Self { name, time, rules, begins, ends, may_fail, at_least, refused_within }
    }

    fn begins(self, name: &'static str, rule: Rule) -> Self {
        Self { begins: Some((name, rule)), ..self }
    }

    fn ends(self, name: &'static str) -> Self {
        Self { ends: Some(name), ..self }
    }

    fn may_fail(self, may_fail: &'static [Kind], at_least: usize) -> Self {
        Self { may_fail, at_least, ..self }
    }

    fn refused_within(self, milliseconds: u64) -> Self {
        Self { refused_within: Some(Duration::from_millis(milliseconds)), ..self }
    }
}

/// One after the other. What jobs wait for comes first, so that they are through in the end. A read
/// of a table that hangs costs each environment 1.75 s once, and few requests are made while it
/// does: so half of its refusals may take that long. What the breaker saves is measured in one
/// layer (`table::outages`).
pub(crate) fn all() -> Vec<Scenario> {
    let cache = |fault| Rule::new(fault).service(CACHE);
    let table = |fault| Rule::new(fault).service("dynamodb");
    let error = || Fault::error("InternalServerError");
    let parts = || Rule::new(Fault::PartialBatch { share: 30 }).percentage(50.0);
    vec![
        Scenario::new("calm", 2_500, vec![]),
        Scenario::new("queues down", 2_000, vec![]).begins("sqs", Rule::new(Fault::Down).service("sqs")),
        Scenario::new("table slow", 4_000, vec![table(Fault::delay(1_000))]).may_fail(TABLE, 90),
        Scenario::new("table busy", 2_500, vec![table(Fault::Throttle).percentage(30.0)]).may_fail(TABLE, 90),
        Scenario::new("table errs", 2_500, vec![table(error()).percentage(50.0)]).may_fail(TABLE, 90).ends("sqs"),
        Scenario::new("mail and part", 2_500, vec![Rule::new(Fault::Throttle).service("ses"), parts()]),
        Scenario::new("queues hang", 2_000, vec![Rule::new(Fault::Hang).service("sqs").percentage(50.0)]),
        Scenario::new("answers lost", 2_500, vec![table(Fault::LostAnswer).percentage(20.0)]).may_fail(TABLE, 90),
        Scenario::new("cache down", 4_000, vec![cache(Fault::Down)]),
        Scenario::new("cache hangs", 4_000, vec![cache(Fault::Hang)]),
        Scenario::new("cache slow", 2_500, vec![cache(Fault::delay(50))]),
        Scenario::new("cache absurd", 2_500, vec![cache(Fault::Garbage)]),
        Scenario::new("cache full", 2_500, vec![cache(Fault::error("OOM")).percentage(50.0)]),
        Scenario::new("cache flaps", 3_000, vec![cache(Fault::Down).flapping(300, 300)]),
        Scenario::new("both", 2_500, vec![cache(Fault::Hang), table(error()).percentage(30.0)]).may_fail(TABLE, 80),
        // What L2 missed it learns again, before it is all that there is.
        Scenario::new("calm between", 2_500, vec![]).may_fail(TABLE, 90),
        Scenario::new("table down", 3_000, vec![table(Fault::Down)]).may_fail(ALL_OF_TABLE, 40),
        Scenario::new("calm again", 2_500, vec![]).may_fail(TABLE, 90),
        Scenario::new(KEPT, 5_000, vec![table(Fault::Hang)]).may_fail(ALL_OF_TABLE, 30).refused_within(2_500),
    ]
}

/// What was not as it should be.
pub(crate) fn judge(history: &History) -> Vec<String> {
    let (seen, mut wrong) = (history.seen(), history.all_wrong());
    for scenario in all() {
        let all: Vec<&Seen> = seen.iter().filter(|each| each.scenario == scenario.name).collect();
        let name = scenario.name;
        for each in &all {
            let refused = each.reply.status == 503 && !each.reply.header("retry-after").is_empty();
            let fair = each.is_good() || refused && scenario.may_fail.contains(&each.kind);
            if !fair {
                let reply = &each.reply;
                wrong.push(format!(
                    "{name}: {:?} after {:?}: {} answered {} {} {}",
                    each.kind,
                    reply.took,
                    reply.request,
                    reply.status,
                    reply.header("retry-after"),
                    reply.body,
                ));
            }
            if each.is_stale() && each.reply.header("degraded").is_empty() {
                wrong.push(format!("{name}: {} is served because the table failed, unmarked", each.reply.request));
            }
        }
        let good = all.iter().filter(|each| each.is_good()).count();
        if all.is_empty() || good * 100 < all.len() * scenario.at_least {
            wrong.push(format!("{name}: {good} of {} were answered; {}% should be", all.len(), scenario.at_least));
        }
        let refused: Vec<&Seen> = all.into_iter().filter(|each| each.reply.status == 503).collect();
        if let Some(most) = scenario.refused_within
            && median(&refused) > most
        {
            wrong.push(format!("{name}: half of the refusals took {:?} or more", median(&refused)));
        }
    }
    wrong
}
