//! A fleet on a simulated clock. [`step`] carries out each read and [`Policy`] times it, as in the
//! cache; L2 and the table are simulated. A call to L2 takes a millisecond. Events happen in the
//! order of their times, so every run is the same.

use shared::cache::{
    LOAD_MAX, Policy,
    step::{Action, Served, State, StepEvent, Worth, start, step},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

const ENVIRONMENTS: usize = 30;
/// Between an answer and the environment's next request.
const PAUSE: u64 = 10;

#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) loaded: u64,
    pub(super) fresh: u64,
    pub(super) stale: u64,
    error: u64,
}

impl Slot {
    pub(super) fn new(policy: &Policy, loaded: u64) -> Self {
        let fresh = loaded + ms(policy.ttl);
        Self {
            loaded,
            fresh,
            stale: fresh + ms(policy.stale_while_revalidate),
            error: fresh + ms(policy.stale_if_error),
        }
    }

    fn worth(&self, now: u64) -> Worth {
        match now {
            now if now < self.fresh => Worth::Fresh,
            now if now < self.stale => Worth::Stale,
            now if now < self.error => Worth::Fallback,
            _ => Worth::Nothing,
        }
    }
}

#[derive(Clone, Copy)]
struct Env {
    state: State,
    action: Action,
    began: u64,
    asked: u64,
    waited: Duration,
    /// Whether it has held the turn, and how many turns before that came to nothing.
    turn: Option<u32>,
    seen: Option<u64>,
    /// Whether there was an entry when the request began.
    pub(super) had: bool,
}

/// One answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub(super) at: u64,
    pub(super) took: u64,
    pub(super) turn: bool,
    pub(super) had: bool,
    /// How old the entry was that it is from; none for a loaded value or an error.
    pub(super) age: Option<u64>,
    pub(super) error: bool,
}

/// How long the table takes for its nth load, and whether it then answers.
pub(super) type Load = fn(usize) -> (u64, bool);

/// The fleet, L2 and the table.
pub(super) struct Fleet {
    policy: Policy,
    load: Load,
    slot: Option<Slot>,
    turn: Option<(u64, usize)>,
    /// Its end, and the turns under it.
    fence: Option<(u64, u32)>,
    envs: Vec<Env>,
    events: BinaryHeap<Reverse<(u64, usize, usize)>>,
    pending: BTreeMap<usize, StepEvent>,
    pub(super) loads: Vec<(u64, u64)>,
    pub(super) fills: u64,
    pub(super) answers: Vec<Answered>,
}

impl Fleet {
    pub(super) fn new(policy: Policy, load: Load, slot: Option<Slot>) -> Self {
        let (state, action) = start(true, Worth::Nothing);
        let env = Env { state, action, began: 0, asked: 0, waited: Duration::ZERO, turn: None, seen: None, had: false };
        Self {
            policy,
            load,
            slot,
            turn: None,
            fence: None,
            envs: vec![env; ENVIRONMENTS],
            events: BinaryHeap::new(),
            pending: BTreeMap::new(),
            loads: vec![],
            fills: 0,
            answers: vec![],
        }
    }

    /// Lets the fleet ask from `from` until `until`.
    pub(super) fn run(mut self, from: u64, until: u64) -> Self {
        let mut seq = 0;
        for env in 0..self.envs.len() {
            self.events.push(Reverse((from + env as u64 % PAUSE, seq, env)));
            seq += 1;
        }
        while let Some(Reverse((now, at, env))) = self.events.pop() {
            if now >= until {
                break;
            }
            let event = self.pending.remove(&at);
            let (event, takes) = self.go(env, event, now);
            self.pending.extend(event.map(|event| (seq, event)));
            self.events.push(Reverse((now + takes, seq, env)));
            seq += 1;
        }
        self
    }

    /// What an environment does on an event, or at the beginning of a request: the next event, and
    /// after how long.
    fn go(&mut self, at: usize, event: Option<StepEvent>, now: u64) -> (Option<StepEvent>, u64) {
        let mut env = self.envs[at];
        if let Some(event) = event {
            (env.state, env.action) = step(env.state, event);
        } else {
            let (state, action) = start(true, Worth::Nothing);
            let had = self.slot.is_some();
            env = Env { state, action, began: now, asked: now, waited: Duration::ZERO, turn: None, seen: None, had };
        }
        let next = match env.action {
            Action::Ask => (Some(self.look(&mut env, now)), 1),
            Action::Take => (Some(self.take(at, &mut env, now)), 1),
            Action::Wait => {
                let State::Waiting(held) = env.state else { unreachable!("{env:?}", env = env.state) };
                let part = self.policy.wait(held, env.waited, 0.5);
                env.waited += part;
                (Some(StepEvent::Waited), ms(part))
            }
            Action::Load(_) => {
                env.asked = now;
                let held = matches!(env.state, State::Loading { held, .. } if held >= Worth::Remembered);
                let limit = self.policy.load_limit_after(env.turn.unwrap_or(0));
                let limit = if held { ms(limit) } else { u64::MAX };
                let (takes, answers) = (self.load)(self.loads.len());
                self.loads.push((now, now + takes.min(limit)));
                let event = if answers && takes <= limit { StepEvent::Loaded } else { StepEvent::Failed };
                (Some(event), takes.min(limit))
            }
            Action::Fill => (Some(self.fill(at, &env, now)), 1),
            Action::Report => {
                self.fence = self.fence.map(|(end, turns)| (end, turns + 1_000));
                self.turn = self.turn.filter(|(_, holder)| self.slot.is_some() || *holder != at);
                (Some(StepEvent::Reported), 1)
            }
            Action::Answer(answer) => {
                let age = (answer == Served::Entry).then(|| now - env.seen.unwrap());
                let (turn, took) = (env.turn.is_some(), now - env.began);
                self.answers.push(Answered { at: now, took, turn, had: env.had, age, error: answer == Served::Error });
                (None, PAUSE)
            }
        };
        self.envs[at] = env;
        next
    }

    fn look(&self, env: &mut Env, now: u64) -> StepEvent {
        env.seen = self.slot.map(|slot| slot.loaded);
        StepEvent::Found(self.slot.map_or(Worth::Nothing, |slot| slot.worth(now)))
    }

    fn take(&mut self, at: usize, env: &mut Env, now: u64) -> StepEvent {
        if env.seen != self.slot.map(|slot| slot.loaded) {
            return self.look(env, now);
        }
        let turns = self.fence.filter(|(end, _)| now < *end).map_or(0, |(_, turns)| turns);
        if self.turn.is_some_and(|(end, _)| now < end) {
            return StepEvent::Held(self.policy.hope(turns));
        }
        let longer = if self.slot.is_some() { 1 << turns.min(3) } else { 1 };
        self.turn = Some((now + ms(self.policy.turn) * longer, at));
        self.fence = Some((now + ms(LOAD_MAX), turns + 1));
        env.turn = Some(turns);
        StepEvent::Won
    }

    fn fill(&mut self, at: usize, env: &Env, now: u64) -> StepEvent {
        let Some((end, _)) = self.fence.filter(|(end, _)| now < *end) else { return StepEvent::Refused };
        if self.slot.is_some_and(|slot| Some(slot.loaded) != env.seen && slot.loaded >= env.asked) {
            return StepEvent::Refused;
        }
        self.slot = Some(Slot::new(&self.policy, env.asked));
        self.fence = Some((end, 0));
        self.turn = self.turn.filter(|(_, holder)| *holder != at);
        self.fills += 1;
        StepEvent::Admitted
    }

    /// The most loads that were under way at once.
    pub(super) fn at_once(&self) -> usize {
        let under_way = |now: u64| self.loads.iter().filter(|(from, to)| (*from..*to).contains(&now)).count();
        self.loads.iter().map(|(from, _)| under_way(*from)).max().unwrap_or(0)
    }

    /// At most one load in each turn of 200 ms.
    pub(super) fn assert_one_load_a_turn(&self) {
        let pairs = self.loads.windows(2);
        assert!(pairs.clone().all(|two| two[1].0 - two[0].0 >= ms(self.policy.turn)), "{:?}", self.loads);
    }

    /// Whoever had an entry and not the turn was answered within 50 ms.
    pub(super) fn assert_nobody_else_waits(&self) {
        let waits = |a: &&Answered| !a.turn && a.had && a.took > 50;
        assert_eq!(self.answers.iter().filter(waits).count(), 0);
    }
}

pub(super) fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}
