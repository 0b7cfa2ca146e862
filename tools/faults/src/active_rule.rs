//! A rule that is set: which calls it strikes.

use crate::{
    call::{Call, Strike},
    random::Random,
    rule::{Fault, Rule},
};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(crate) struct ActiveRule {
    pub(crate) name: String,
    pub(crate) rule: Rule,
    /// When it was set.
    since: Instant,
    random: Random,
    strikes: u64,
}

impl ActiveRule {
    /// A rule that is set now. What it draws follows from the seed and its name.
    pub(crate) fn new(name: &str, rule: Rule, seed: u64) -> Self {
        let random = Random::new(seed ^ Random::seed_of(name));
        Self { name: name.to_owned(), rule, since: Instant::now(), random, strikes: 0 }
    }

    /// What happens to this call; `None` when the rule does not strike it. What is drawn depends
    /// only on the number of calls before it that the rule matched.
    pub(crate) fn strike(&mut self, call: &Call<'_>, now: Instant) -> Option<Strike> {
        let is_struck = self.is_on(now)
            && self.matches(call)
            && self.rule.times.is_none_or(|times| self.strikes < times)
            && self.random.percent() < self.rule.percentage;
        if !is_struck {
            return None;
        }
        self.strikes += 1;
        let delay = match self.rule.fault {
            Fault::AddDelay { milliseconds, jitter_milliseconds } => {
                milliseconds + self.random.below(jitter_milliseconds + 1)
            }
            _ => 0,
        };
        let random = Random::new(self.random.draw());
        Some(Strike { fault: self.rule.fault.clone(), delay: Duration::from_millis(delay), random })
    }

    /// Whether it makes the whole service unreachable at this moment.
    pub(crate) fn takes_down(&self, service: &str, now: Instant) -> bool {
        self.rule.fault == Fault::Down
            && self.rule.is_whole()
            && self.rule.service.as_deref().is_none_or(|of| of == service)
            && self.is_on(now)
    }

    fn is_on(&self, now: Instant) -> bool {
        self.rule.flap.is_none_or(|flap| {
            let period = u128::from(flap.on_milliseconds + flap.off_milliseconds).max(1);
            now.duration_since(self.since).as_millis() % period < u128::from(flap.on_milliseconds)
        })
    }

    fn matches(&self, call: &Call<'_>) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w.eq_ignore_ascii_case(is));
        same(&self.rule.service, call.service)
            && same(&self.rule.operation, call.operation)
            && self.rule.resource.as_ref().is_none_or(|text| call.contains(text))
            && (self.rule.fault != Fault::HalfOpen || call.connected < self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flapping_rule_is_on_at_first_and_off_later() {
        let rule = ActiveRule::new("", Rule::new(Fault::Down).flapping(100, 50), 0);
        let on = |at| rule.is_on(rule.since + Duration::from_millis(at));
        assert_eq!([0, 99, 100, 149, 150, 260].map(on), [true, true, false, false, true, false]);
    }
}
