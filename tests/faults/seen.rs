//! What people got, scenario by scenario.

use crate::requests::Reply;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What a request was for: routes that behave alike are one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    List,
    Product,
    Search,
    Profile,
    Me,
    Session,
    Orders,
    Order,
    /// An order of somebody else.
    Strangers,
    Buy,
    Rename,
    SignIn,
    SignOut,
}

impl Kind {
    /// The status of an answer that is what was asked for.
    pub(crate) fn good(self) -> u16 {
        match self {
            Self::Buy | Self::SignIn => 201,
            Self::SignOut => 204,
            Self::Strangers => 404,
            _ => 200,
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) scenario: &'static str,
    pub(crate) kind: Kind,
    pub(crate) reply: Reply,
}

impl Seen {
    /// Whether the answer says itself that it is older than it should be, or lacks something.
    pub(crate) fn is_stale(&self) -> bool {
        self.reply.header("cache-status").contains("stale-if-error")
    }

    pub(crate) fn is_good(&self) -> bool {
        self.reply.status == self.kind.good()
    }
}

/// All answers, and what nobody may ever see.
#[derive(Debug, Default)]
pub(crate) struct History(Mutex<Past>);

#[derive(Debug, Default)]
struct Past {
    scenario: &'static str,
    seen: Vec<Seen>,
    wrong: Vec<String>,
}

impl History {
    /// From here on it is this scenario.
    pub(crate) fn begin(&self, scenario: &'static str) {
        self.lock().scenario = scenario;
    }

    pub(crate) fn note(&self, kind: Kind, reply: &Reply) {
        let mut past = self.lock();
        let scenario = past.scenario;
        past.seen.push(Seen { scenario, kind, reply: reply.clone() });
    }

    /// Something that is wrong whatever fails.
    pub(crate) fn wrong(&self, what: &str, reply: &Reply) {
        let mut past = self.lock();
        let line = format!("{}: {what}: {} answered {} {}", past.scenario, reply.request, reply.status, reply.body);
        past.wrong.push(line);
    }

    pub(crate) fn all_wrong(&self) -> Vec<String> {
        self.lock().wrong.clone()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    /// Scenario by kind: how many were good, of how many, and how long the slower half took at
    /// least.
    pub(crate) fn table(&self) -> String {
        let seen = self.seen();
        let (mut cells, mut order) = (BTreeMap::<_, Vec<&Seen>>::new(), Vec::new());
        for each in &seen {
            if !order.contains(&each.scenario) {
                order.push(each.scenario);
            }
            cells.entry((each.scenario, each.kind)).or_default().push(each);
        }
        let mut text = String::new();
        for scenario in order {
            let _ = write!(text, "\n{scenario:<14}");
            for ((_, kind), seen) in cells.iter().filter(|((of, _), _)| *of == scenario) {
                let good = seen.iter().filter(|s| s.is_good()).count();
                let marked = seen.iter().filter(|s| s.is_stale()).count();
                let marked = if marked > 0 { format!(" stale {marked}") } else { String::new() };
                let _ = write!(text, " {kind:?} {good}/{} {:?}{marked};", seen.len(), median(seen));
            }
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, Past> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn median(seen: &[&Seen]) -> Duration {
    let mut times: Vec<_> = seen.iter().map(|s| s.reply.took).collect();
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    Duration::from_millis(u64::try_from(middle.as_millis()).unwrap_or(u64::MAX))
}
