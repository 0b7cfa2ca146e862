//! Every order of events, walked: readers by [`step`], writers, the scripts as they are, and all that can go wrong between them.
//!
//! A world is the table, the slot of one key in L2 with its lease, and where each reader and writer is. From each world every
//! possible next one is visited: a reader's or writer's next action (with its answer, or with the answer lost, carried out
//! or not), an entry growing older, a lease ending, L2 losing its memory. The scripts are written here a second time, so that
//! each protection can be left out, and the walk must then find what it protects from.

use shared::{
    cache::step::{Action, Answer, Event, State, Worth, start, step},
    version::Consistency,
};
use std::collections::{HashSet, VecDeque};

/// What is in the slot. `by` tells two fills of one version apart, as their times do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Slot {
    version: u8,
    by: u8,
    age: Worth,
    /// Whether it may be fresh for its full time: not for a write into an empty slot.
    proven: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Reader {
    /// Not begun; whether its client brings a token with the newest version along.
    Waiting {
        token: bool,
    },
    Reading {
        state: State,
        action: Action,
        least: u8,
        seen: Option<(u8, u8)>,
        held: u8,
        proven: bool,
        loaded: u8,
    },
    Answered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Writer {
    Idle,
    /// The table is written; L2 is not yet told. It is by write-through, or by forgetting.
    Wrote {
        version: u8,
        forgets: bool,
    },
    /// L2 may not have heard; the consumer of the stream repeats it.
    Lost {
        version: u8,
    },
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct World {
    table: u8,
    slot: Option<Slot>,
    lease: Option<u8>,
    /// The newest version that L2 was told of.
    told: u8,
    faults: u8,
    flawless: bool,
    readers: [Reader; 3],
    writers: [Writer; 2],
}

/// What protects; each can be left out.
#[derive(Debug, Clone, Copy)]
struct Protections {
    fill_needs_lease: bool,
    writes_take_leases: bool,
    put_compares_versions: bool,
    take_compares_entries: bool,
}

const ALL: Protections = Protections {
    fill_needs_lease: true,
    writes_take_leases: true,
    put_compares_versions: true,
    take_compares_entries: true,
};

type Found = Result<World, String>;

/// Visits every world that can be reached. How many there are, or what was found wrong.
fn walk(first: World, protections: Protections) -> Result<usize, String> {
    let mut known = HashSet::from([first]);
    let mut open = VecDeque::from([first]);
    while let Some(world) = open.pop_front() {
        let next = world.next(protections);
        if next.is_empty() && !world.is_over() {
            return Err(format!("nobody can go on: {world:?}"));
        }
        for found in next {
            let found = found?;
            if let Some(slot) = found.slot
                && slot.version < found.told
                && slot.proven
            {
                return Err(format!("an old value came back: {found:?}"));
            }
            if known.insert(found) {
                open.push_back(found);
            }
        }
    }
    Ok(known.len())
}

impl World {
    fn new(readers: &[bool], writers: usize, faults: u8) -> Self {
        let reader = |at: usize| readers.get(at).map_or(Reader::Answered, |token| Reader::Waiting { token: *token });
        let writer = |at: usize| if at < writers { Writer::Idle } else { Writer::Done };
        Self {
            table: 1,
            slot: Some(Slot { version: 1, by: 99, age: Worth::Fresh, proven: true }),
            lease: None,
            told: 1,
            faults,
            flawless: faults == 0,
            readers: std::array::from_fn(reader),
            writers: std::array::from_fn(writer),
        }
    }

    fn is_over(&self) -> bool {
        self.readers.iter().all(|r| *r == Reader::Answered) && self.writers.iter().all(|w| *w == Writer::Done)
    }

    fn next(&self, protections: Protections) -> Vec<Found> {
        let mut next = Vec::new();
        for at in 0..self.readers.len() {
            self.read(at, protections, &mut next);
        }
        for at in 0..self.writers.len() {
            self.write(at, protections, &mut next);
        }
        if let Some(slot) = self.slot {
            let age = match slot.age {
                Worth::Fresh => Some(Worth::Stale),
                Worth::Stale => Some(Worth::Fallback),
                _ => None,
            };
            next.push(Ok(Self { slot: age.map(|age| Slot { age, ..slot }), ..*self }));
        }
        if self.lease.is_some() {
            next.push(Ok(Self { lease: None, ..*self }));
        }
        if self.faults > 0 && (self.slot.is_some() || self.lease.is_some()) {
            // A restart loses both, an eviction the entry.
            next.push(Ok(Self { slot: None, lease: None, ..self.fault() }));
            next.push(Ok(Self { slot: None, ..self.fault() }));
        }
        next
    }

    fn worth(&self, least: u8) -> Worth {
        self.slot.map_or(Worth::Nothing, |slot| if slot.version < least { Worth::Behind } else { slot.age })
    }

    fn stamp(&self) -> Option<(u8, u8)> {
        self.slot.map(|slot| (slot.version, slot.by))
    }

    fn read(&self, at: usize, protections: Protections, next: &mut Vec<Found>) {
        match self.readers[at] {
            Reader::Answered => {}
            Reader::Waiting { token } => {
                let least = if token { self.table } else { 0 };
                let (state, action) = start(true, Worth::Nothing);
                let mut world = *self;
                world.readers[at] =
                    Reader::Reading { state, action, least, seen: None, held: 0, proven: true, loaded: 0 };
                next.push(Ok(world));
            }
            Reader::Reading { state, action, least, .. } => {
                let lost = self.faults > 0;
                let me = u8::try_from(at).unwrap();
                match action {
                    Action::Ask => {
                        next.push(Ok(self.look(at, least)));
                        if lost {
                            next.push(Ok(self.fault().on(at, state, Event::Unreachable)));
                        }
                    }
                    Action::Take => self.take(at, me, protections, next),
                    Action::Wait => next.push(Ok(self.on(at, state, Event::Waited))),
                    Action::Load(how) => {
                        let mut loads = vec![self.table];
                        // A client with a token is read for strongly, whatever the step says.
                        if how == Consistency::Eventual && least == 0 && self.table > 1 {
                            loads.push(self.table - 1);
                        }
                        for version in loads {
                            next.push(Ok(self.loaded(at, version).on(at, state, Event::Loaded)));
                        }
                        if lost {
                            next.push(Ok(self.fault().on(at, state, Event::Failed)));
                        }
                    }
                    Action::Fill | Action::Extend => self.fill(at, me, protections, next),
                    Action::Answer(answer) => next.push(self.answered(at, answer)),
                }
            }
        }
    }

    /// The entry as it is now, seen and held.
    fn look(&self, at: usize, least: u8) -> Self {
        let (worth, stamp) = (self.worth(least), self.stamp());
        let mut world = *self;
        if let Reader::Reading { state, seen, held, proven, .. } = &mut world.readers[at] {
            let state = *state;
            *seen = stamp;
            if let Some(slot) = self.slot {
                (*held, *proven) = (slot.version, slot.proven);
            }
            return world.on(at, state, Event::Found(worth));
        }
        world
    }

    fn take(&self, at: usize, me: u8, protections: Protections, next: &mut Vec<Found>) {
        let Reader::Reading { state, seen, least, .. } = self.readers[at] else { return };
        if self.stamp() != seen && protections.take_compares_entries {
            next.push(Ok(self.look(at, least)));
        } else if self.lease.is_none() {
            if self.worth(least) == Worth::Fresh {
                next.push(Err(format!("a fresh entry is loaded again: {self:?}")));
            }
            let taken = Self { lease: Some(me), ..*self };
            if self.faults > 0 {
                next.push(Ok(taken.fault().on(at, state, Event::Unreachable)));
            }
            next.push(Ok(taken.on(at, state, Event::Won)));
        } else {
            let held = self.on(at, state, Event::Held);
            if let Reader::Reading { state: State::Waiting { held: Worth::Stale, .. }, .. } = held.readers[at] {
                next.push(Err(format!("a reader waits at a refresh: {self:?}")));
            }
            next.push(Ok(held));
        }
        if self.faults > 0 {
            next.push(Ok(self.fault().on(at, state, Event::Unreachable)));
        }
    }

    fn fill(&self, at: usize, me: u8, protections: Protections, next: &mut Vec<Found>) {
        let Reader::Reading { state, action, held, proven, loaded, .. } = self.readers[at] else { return };
        let (version, age, proven) = match action {
            Action::Extend => (held, Worth::Stale, proven),
            _ => (loaded, Worth::Fresh, true),
        };
        if self.faults > 0 {
            next.push(Ok(self.fault().on(at, state, Event::Unreachable)));
        }
        if self.lease != Some(me) && protections.fill_needs_lease {
            next.push(Ok(self.on(at, state, Event::Refused)));
            return;
        }
        let filled = Self { slot: Some(Slot { version, by: me, age, proven }), lease: None, ..*self };
        if self.faults > 0 {
            next.push(Ok(filled.fault().on(at, state, Event::Unreachable)));
        }
        next.push(Ok(filled.on(at, state, Event::Admitted)));
    }

    fn answered(&self, at: usize, answer: Answer) -> Found {
        let Reader::Reading { least, held, loaded, .. } = self.readers[at] else { return Ok(*self) };
        let version = match answer {
            Answer::Entry => held,
            Answer::Loaded { .. } => loaded,
            Answer::Error => u8::MAX,
        };
        if version < least {
            return Err(format!("a client was answered with less than it has seen: {self:?}"));
        }
        // A world that began without faults has no reason to fail.
        if answer == Answer::Error && self.flawless {
            return Err(format!("a read failed without a fault: {self:?}"));
        }
        let mut world = *self;
        world.readers[at] = Reader::Answered;
        Ok(world)
    }

    fn write(&self, at: usize, protections: Protections, next: &mut Vec<Found>) {
        let mut world = *self;
        match self.writers[at] {
            Writer::Done => {}
            Writer::Idle => {
                world.table += 1;
                for forgets in [false, true] {
                    world.writers[at] = Writer::Wrote { version: world.table, forgets };
                    next.push(Ok(world));
                }
            }
            Writer::Wrote { version, forgets } => {
                if self.faults > 0 {
                    let mut lost = self.fault();
                    lost.writers[at] = Writer::Lost { version };
                    next.push(Ok(lost));
                }
                let older = self.slot.is_none_or(|slot| slot.version < version);
                if forgets {
                    world.slot = None;
                } else if older || !protections.put_compares_versions {
                    let proven = self.slot.is_some() || !protections.put_compares_versions;
                    let by = 100 + u8::try_from(at).unwrap();
                    world.slot = Some(Slot { version, by, age: Worth::Fresh, proven });
                }
                world.told(at, version, protections);
                next.push(Ok(world));
            }
            Writer::Lost { version } => {
                world.slot = self.slot.filter(|slot| slot.version >= version);
                world.told(at, version, protections);
                next.push(Ok(world));
            }
        }
    }

    fn told(&mut self, at: usize, version: u8, protections: Protections) {
        if protections.writes_take_leases {
            self.lease = None;
        }
        self.told = self.told.max(version);
        self.writers[at] = Writer::Done;
    }

    fn loaded(&self, at: usize, version: u8) -> Self {
        let mut world = *self;
        if let Reader::Reading { loaded, .. } = &mut world.readers[at] {
            *loaded = version;
        }
        world
    }

    fn on(&self, at: usize, from: State, event: Event) -> Self {
        let mut world = *self;
        if let Reader::Reading { state, action, .. } = &mut world.readers[at] {
            (*state, *action) = step(from, event);
        }
        world
    }

    fn fault(&self) -> Self {
        Self { faults: self.faults - 1, ..*self }
    }
}

#[test]
fn no_order_of_events_breaks_a_promise() {
    for (what, world) in [
        ("2 readers, 2 writers, 1 fault", World::new(&[true, false], 2, 1)),
        ("2 readers, 1 writer, 2 faults", World::new(&[true, false], 1, 2)),
        ("3 readers, 1 writer, no fault", World::new(&[true, false, false], 1, 0)),
    ] {
        match walk(world, ALL) {
            Ok(worlds) => println!("{what}: {worlds} states, no promise broken"),
            Err(broken) => panic!("{what}: {broken}"),
        }
    }
}

#[test]
fn without_its_protection_each_promise_is_broken() {
    let world = || World::new(&[true, false], 2, 1);
    for (protections, expected) in [
        (Protections { fill_needs_lease: false, ..ALL }, "an old value came back"),
        (Protections { writes_take_leases: false, ..ALL }, "an old value came back"),
        (Protections { put_compares_versions: false, ..ALL }, "an old value came back"),
        (Protections { take_compares_entries: false, ..ALL }, "a fresh entry is loaded again"),
    ] {
        let broken = walk(world(), protections).unwrap_err();
        assert!(broken.starts_with(expected), "{protections:?}: {broken}");
    }
}
