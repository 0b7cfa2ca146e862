//! The rules that are set, and the counts of calls.

use crate::{
    active_rule::ActiveRule,
    call::{Call, Count, Counts, Strike},
    rule::Rule,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::watch;

/// The rules and counts of a process. All its proxies share them.
#[derive(Debug)]
pub struct Registry {
    seed: u64,
    state: Mutex<RegistryState>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct RegistryState {
    rules: Vec<ActiveRule>,
    /// Connections that were made before this moment are reset.
    cut: Option<Instant>,
    counts: Counts,
    struck: BTreeMap<String, u64>,
}

impl Registry {
    /// A registry without rules. Everything that is drawn follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, state: Mutex::default(), changes: watch::Sender::new(0) }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Sets a rule under this name, and replaces the one that has the name. When several rules
    /// match a call, the one that was set first decides first.
    pub fn set(&self, name: &str, rule: Rule) {
        let active = ActiveRule::new(name, rule, self.seed);
        let mut state = self.lock();
        match state.rules.iter().position(|each| each.name == name) {
            Some(at) => state.rules[at] = active,
            None => state.rules.push(active),
        }
        drop(state);
        self.changed();
    }

    /// Removes the rule of this name. Returns whether there was one.
    pub fn clear(&self, name: &str) -> bool {
        let mut state = self.lock();
        let before = state.rules.len();
        state.rules.retain(|active| active.name != name);
        let cleared = state.rules.len() < before;
        drop(state);
        self.changed();
        cleared
    }

    /// Removes all rules.
    pub fn clear_all(&self) {
        self.lock().rules.clear();
        self.changed();
    }

    /// Resets all open connections, as the restart of a server does. New ones are served.
    pub fn cut_connections(&self) {
        self.lock().cut = Some(Instant::now());
        self.changed();
    }

    /// The rules by name.
    pub fn rules(&self) -> BTreeMap<String, Rule> {
        self.lock().rules.iter().map(|active| (active.name.clone(), active.rule.clone())).collect()
    }

    /// All calls since the last reset of the counts.
    pub fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// The calls of one operation.
    pub fn count(&self, service: &str, operation: &str) -> Count {
        self.lock().counts.get(service).and_then(|of| of.get(operation)).copied().unwrap_or_default()
    }

    /// The number of calls that each rule has struck, rules that were removed included.
    pub fn struck(&self) -> BTreeMap<String, u64> {
        self.lock().struck.clone()
    }

    /// Sets all counts to zero.
    pub fn reset_counts(&self) {
        let mut state = self.lock();
        state.counts.clear();
        state.struck.clear();
    }

    /// Counts a call and decides what happens to it; `None` when no rule strikes it.
    pub fn decide(&self, call: &Call<'_>) -> Option<Strike> {
        let (now, mut guard) = (Instant::now(), self.lock());
        let state = &mut *guard;
        let struck = state.rules.iter_mut().find_map(|rule| Some((rule.strike(call, now)?, &rule.name)));
        let count = state.counts.entry(call.service.to_owned()).or_default();
        let count = count.entry(call.operation.to_owned()).or_default();
        count.calls += 1;
        let (strike, name) = struck?;
        count.struck += 1;
        *state.struck.entry(name.clone()).or_default() += 1;
        Some(strike)
    }

    /// Whether a rule makes the whole service unreachable.
    pub fn is_down(&self, service: &str) -> bool {
        let now = Instant::now();
        self.lock().rules.iter().any(|rule| rule.takes_down(service, now))
    }

    /// Waits until a connection to a service must be reset: all are, or the whole service is down.
    /// A service that goes down because its rule flaps is noticed at the next call only.
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

    fn lock(&self) -> MutexGuard<'_, RegistryState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Fault;
    use std::time::Duration;

    fn call<'a>(service: &'a str, operation: &'a str, body: &'a [u8]) -> Call<'a> {
        Call { service, operation, parts: [b"", body], connected: Instant::now() }
    }

    #[test]
    fn a_rule_strikes_what_it_names_and_counts() {
        let registry = Registry::new(1);
        registry.set("slow", Rule::new(Fault::Hang).service("dynamodb").operation("GetItem").resource("users"));
        assert!(registry.decide(&call("dynamodb", "GetItem", b"{users}")).is_some());
        for (service, operation, body) in
            [("dynamodb", "PutItem", "users"), ("sqs", "GetItem", "users"), ("dynamodb", "GetItem", "orders")]
        {
            assert!(
                registry.decide(&call(service, operation, body.as_bytes())).is_none(),
                "{service} {operation} {body}"
            );
        }
        assert_eq!(registry.count("dynamodb", "GetItem"), Count { calls: 2, struck: 1 });
        assert_eq!(registry.struck(), BTreeMap::from([("slow".to_owned(), 1)]));
        assert!(registry.clear("slow"));
        assert!(registry.decide(&call("dynamodb", "GetItem", b"{users}")).is_none());
        assert!(!registry.clear("slow"));
    }

    #[test]
    fn the_same_seed_strikes_the_same_calls() {
        let drawn = |seed| {
            let registry = Registry::new(seed);
            registry.set("half", Rule::new(Fault::Down).percentage(50.0));
            (0..64).map(|_| registry.decide(&call("sqs", "SendMessage", b"")).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        let half = drawn(7).into_iter().filter(|struck| *struck).count();
        assert!((16..=48).contains(&half), "{half} of 64");
    }

    #[test]
    fn a_rule_rests_after_its_times() {
        let registry = Registry::new(1);
        registry.set("twice", Rule::new(Fault::Throttle).times(2));
        let struck = (0..5).filter(|_| registry.decide(&call("s3", "GetObject", b"")).is_some()).count();
        assert_eq!(struck, 2);
    }

    #[test]
    fn only_connections_from_before_it_are_half_open() {
        let registry = Registry::new(1);
        let before = call("cache", "GET", b"");
        std::thread::sleep(Duration::from_millis(2));
        registry.set("half-open", Rule::new(Fault::HalfOpen));
        assert!(registry.decide(&before).is_some());
        assert!(registry.decide(&call("cache", "GET", b"")).is_none());
    }
}
