//! The rules that are set now, and what they did.

use crate::{
    dice::Dice,
    rule::{Fault, Rule},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// A call on its way.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The service that is asked.
    pub service: &'a str,
    /// What is asked of it.
    pub operation: &'a str,
    /// The call as it came, where a rule's resource is looked for.
    pub parts: [&'a [u8]; 2],
    /// When its connection was made.
    pub connected: Instant,
}

/// What a rule does to a call.
#[derive(Debug, Clone)]
pub struct Strike {
    /// The fault.
    pub fault: Fault,
    /// The delay that was drawn, when the fault is one.
    pub delay: Duration,
    /// For what else is drawn.
    pub dice: Dice,
}

/// How many calls there were of one operation, and how many of them a rule struck.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// All calls.
    pub calls: u64,
    /// Those that a rule struck.
    pub struck: u64,
}

/// Counts by service and operation.
pub type Counts = BTreeMap<String, BTreeMap<String, Count>>;

/// The rules, shared by all proxies of a process.
#[derive(Debug)]
pub struct Board {
    seed: u64,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Armed>,
    /// Connections from before this moment end.
    cut: Option<Instant>,
    counts: Counts,
    struck: BTreeMap<String, u64>,
}

#[derive(Debug)]
struct Armed {
    name: String,
    rule: Rule,
    since: Instant,
    dice: Dice,
    strikes: u64,
}

impl Armed {
    fn is_on(&self, now: Instant) -> bool {
        self.rule.flap.is_none_or(|flap| {
            let period = u128::from(flap.on_milliseconds + flap.off_milliseconds).max(1);
            now.duration_since(self.since).as_millis() % period < u128::from(flap.on_milliseconds)
        })
    }

    fn is_about(&self, call: &Call<'_>) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w.eq_ignore_ascii_case(is));
        let held = |text: &String| call.parts.iter().any(|part| holds(part, text.as_bytes()));
        same(&self.rule.service, call.service)
            && same(&self.rule.operation, call.operation)
            && self.rule.resource.as_ref().is_none_or(held)
            && (self.rule.fault != Fault::HalfOpen || call.connected < self.since)
    }

    /// Whether this call is struck. What is drawn depends on how many calls were about it before,
    /// and on nothing else.
    fn strikes(&mut self, call: &Call<'_>, now: Instant) -> bool {
        self.is_on(now)
            && self.is_about(call)
            && self.rule.times.is_none_or(|times| self.strikes < times)
            && self.dice.percent() < self.rule.percentage
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

impl Board {
    /// Without rules. Everything that is drawn follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, state: Mutex::default(), changes: watch::Sender::new(0) }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Sets a rule under this name, in place of the one that has it. Of rules about the same call
    /// the one that was set first is asked first.
    pub fn set(&self, name: &str, rule: Rule) {
        let dice = Dice::new(self.seed ^ Dice::of(name));
        let armed = Armed { name: name.to_owned(), rule, since: Instant::now(), dice, strikes: 0 };
        let mut state = self.lock();
        match state.rules.iter().position(|each| each.name == name) {
            Some(at) => state.rules[at] = armed,
            None => state.rules.push(armed),
        }
        drop(state);
        self.changed();
    }

    /// Takes the rule of this name away; whether there was one.
    pub fn clear(&self, name: &str) -> bool {
        let mut state = self.lock();
        let before = state.rules.len();
        state.rules.retain(|armed| armed.name != name);
        let cleared = state.rules.len() < before;
        drop(state);
        self.changed();
        cleared
    }

    /// Takes all rules away.
    pub fn clear_all(&self) {
        self.lock().rules.clear();
        self.changed();
    }

    /// Ends all connections that are open, as a server that restarts does; new ones are served.
    pub fn cut_connections(&self) {
        self.lock().cut = Some(Instant::now());
        self.changed();
    }

    /// The rules by name.
    pub fn rules(&self) -> BTreeMap<String, Rule> {
        self.lock().rules.iter().map(|armed| (armed.name.clone(), armed.rule.clone())).collect()
    }

    /// All calls since the counts were last set to zero.
    pub fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// The calls of one operation.
    pub fn count(&self, service: &str, operation: &str) -> Count {
        self.lock().counts.get(service).and_then(|of| of.get(operation)).copied().unwrap_or_default()
    }

    /// How many calls each rule has struck, also those that were cleared.
    pub fn struck(&self) -> BTreeMap<String, u64> {
        self.lock().struck.clone()
    }

    /// Sets all counts to zero.
    pub fn forget_counts(&self) {
        let mut state = self.lock();
        state.counts.clear();
        state.struck.clear();
    }

    /// Counts a call, and says what becomes of it; `None` when it passes.
    pub fn decide(&self, call: &Call<'_>) -> Option<Strike> {
        let (now, mut guard) = (Instant::now(), self.lock());
        let state = &mut *guard;
        let struck = state.rules.iter_mut().find_map(|armed| armed.strikes(call, now).then_some(armed));
        let count = state.counts.entry(call.service.to_owned()).or_default();
        let count = count.entry(call.operation.to_owned()).or_default();
        count.calls += 1;
        let armed = struck?;
        count.struck += 1;
        armed.strikes += 1;
        *state.struck.entry(armed.name.clone()).or_default() += 1;
        let delay = match armed.rule.fault {
            Fault::AddDelay { milliseconds, jitter_milliseconds } => {
                milliseconds + armed.dice.below(jitter_milliseconds + 1)
            }
            _ => 0,
        };
        let (fault, dice) = (armed.rule.fault.clone(), Dice::new(armed.dice.draw()));
        Some(Strike { fault, delay: Duration::from_millis(delay), dice })
    }

    /// Whether a service is gone as a whole.
    pub fn is_down(&self, service: &str) -> bool {
        let now = Instant::now();
        self.lock().rules.iter().any(|armed| {
            armed.rule.fault == Fault::Down
                && armed.rule.is_whole()
                && armed.rule.service.as_deref().is_none_or(|of| of == service)
                && armed.is_on(now)
        })
    }

    /// Waits until a connection to a service is cut: all are, or the service is gone as a whole.
    /// One that flaps is noticed when it is next asked.
    pub(crate) async fn until_cut(&self, service: &str, connected: Instant) {
        let mut changes = self.changes.subscribe();
        while !self.is_down(service) && self.lock().cut.is_none_or(|cut| connected > cut) {
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(service: &'a str, operation: &'a str, body: &'a [u8]) -> Call<'a> {
        Call { service, operation, parts: [b"", body], connected: Instant::now() }
    }

    #[test]
    fn a_rule_strikes_what_it_names_and_counts() {
        let board = Board::new(1);
        board.set("slow", Rule::new(Fault::Hang).service("dynamodb").operation("GetItem").resource("users"));
        assert!(board.decide(&call("dynamodb", "GetItem", b"{users}")).is_some());
        for (service, operation, body) in
            [("dynamodb", "PutItem", "users"), ("sqs", "GetItem", "users"), ("dynamodb", "GetItem", "orders")]
        {
            assert!(board.decide(&call(service, operation, body.as_bytes())).is_none(), "{service} {operation} {body}");
        }
        assert_eq!(board.count("dynamodb", "GetItem"), Count { calls: 2, struck: 1 });
        assert_eq!(board.struck(), BTreeMap::from([("slow".to_owned(), 1)]));
        assert!(board.clear("slow"));
        assert!(board.decide(&call("dynamodb", "GetItem", b"{users}")).is_none());
        assert!(!board.clear("slow"));
    }

    #[test]
    fn the_same_seed_strikes_the_same_calls() {
        let drawn = |seed| {
            let board = Board::new(seed);
            board.set("half", Rule::new(Fault::Down).percentage(50.0));
            (0..64).map(|_| board.decide(&call("sqs", "SendMessage", b"")).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        let half = drawn(7).into_iter().filter(|struck| *struck).count();
        assert!((16..=48).contains(&half), "{half} of 64");
    }

    #[test]
    fn a_rule_rests_after_its_times() {
        let board = Board::new(1);
        board.set("twice", Rule::new(Fault::Throttle).times(2));
        let struck = (0..5).filter(|_| board.decide(&call("s3", "GetObject", b"")).is_some()).count();
        assert_eq!(struck, 2);
    }

    #[test]
    fn only_connections_from_before_it_are_half_open() {
        let board = Board::new(1);
        let before = call("cache", "GET", b"");
        std::thread::sleep(Duration::from_millis(2));
        board.set("half-open", Rule::new(Fault::HalfOpen));
        assert!(board.decide(&before).is_some());
        assert!(board.decide(&call("cache", "GET", b"")).is_none());
    }

    #[test]
    fn what_flaps_is_there_at_first_and_gone_later() {
        let since = Instant::now();
        let rule = Rule::new(Fault::Down).flapping(100, 50);
        let armed = Armed { name: String::new(), rule, since, dice: Dice::new(0), strikes: 0 };
        let on = |at| armed.is_on(since + Duration::from_millis(at));
        assert_eq!([0, 99, 100, 149, 150, 260].map(on), [true, true, false, false, true, false]);
    }
}
