//! What the model is made of: a table, the slot of one key, readers and writers, and their next actions.

use shared::{
    cache::step::{Action, Answer, Event, State, Worth, start, step},
    version::Consistency,
};

/// What is in the slot. `by` tells two fills of one version apart, as their times do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    pub(super) version: u8,
    pub(super) by: u8,
    pub(super) age: Worth,
    /// Whether it may be fresh for its full time: not for a write into an empty slot.
    pub(super) proven: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reader {
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
pub(super) enum Writer {
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
pub(super) struct World {
    pub(super) table: u8,
    pub(super) slot: Option<Slot>,
    pub(super) lease: Option<u8>,
    /// The newest version that L2 was told of.
    pub(super) told: u8,
    pub(super) faults: u8,
    pub(super) flawless: bool,
    pub(super) readers: [Reader; 3],
    pub(super) writers: [Writer; 2],
}

/// What protects; each can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// A fill is admitted while its lease is held.
    LeaseToFill,
    /// A write takes the lease away.
    LeaseTaken,
    /// A write-through replaces older versions only.
    VersionsInPut,
    /// A lease is given for the entry that was seen only.
    EntriesInTake,
}

/// A next world, or the promise that is broken on the way.
pub(super) type Found = Result<World, String>;

impl World {
    pub(super) fn new(readers: &[bool], writers: usize, faults: u8) -> Self {
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

    pub(super) fn is_over(&self) -> bool {
        self.readers.iter().all(|r| *r == Reader::Answered) && self.writers.iter().all(|w| *w == Writer::Done)
    }

    pub(super) fn next(&self, without: Option<Protection>) -> Vec<Found> {
        let mut next = Vec::new();
        for at in 0..self.readers.len() {
            self.read(at, without, &mut next);
        }
        for at in 0..self.writers.len() {
            self.write(at, without, &mut next);
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

    pub(super) fn worth(&self, least: u8) -> Worth {
        self.slot.map_or(Worth::Nothing, |slot| if slot.version < least { Worth::Behind } else { slot.age })
    }

    pub(super) fn stamp(&self) -> Option<(u8, u8)> {
        self.slot.map(|slot| (slot.version, slot.by))
    }

    pub(super) fn read(&self, at: usize, without: Option<Protection>, next: &mut Vec<Found>) {
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
                    Action::Take => self.take(at, me, without, next),
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
                    Action::Fill | Action::Extend => self.fill(at, me, without, next),
                    Action::Answer(answer) => next.push(self.answered(at, answer)),
                }
            }
        }
    }

    /// The entry as it is now, seen and held.
    pub(super) fn look(&self, at: usize, least: u8) -> Self {
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

    pub(super) fn take(&self, at: usize, me: u8, without: Option<Protection>, next: &mut Vec<Found>) {
        let Reader::Reading { state, seen, least, .. } = self.readers[at] else { return };
        if self.stamp() != seen && without != Some(Protection::EntriesInTake) {
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

    pub(super) fn fill(&self, at: usize, me: u8, without: Option<Protection>, next: &mut Vec<Found>) {
        let Reader::Reading { state, action, held, proven, loaded, .. } = self.readers[at] else { return };
        let (version, age, proven) = match action {
            Action::Extend => (held, Worth::Stale, proven),
            _ => (loaded, Worth::Fresh, true),
        };
        if self.faults > 0 {
            next.push(Ok(self.fault().on(at, state, Event::Unreachable)));
        }
        if self.lease != Some(me) && without != Some(Protection::LeaseToFill) {
            next.push(Ok(self.on(at, state, Event::Refused)));
            return;
        }
        let filled = Self { slot: Some(Slot { version, by: me, age, proven }), lease: None, ..*self };
        if self.faults > 0 {
            next.push(Ok(filled.fault().on(at, state, Event::Unreachable)));
        }
        next.push(Ok(filled.on(at, state, Event::Admitted)));
    }

    pub(super) fn answered(&self, at: usize, answer: Answer) -> Found {
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

    pub(super) fn loaded(&self, at: usize, version: u8) -> Self {
        let mut world = *self;
        if let Reader::Reading { loaded, .. } = &mut world.readers[at] {
            *loaded = version;
        }
        world
    }

    pub(super) fn on(&self, at: usize, from: State, event: Event) -> Self {
        let mut world = *self;
        if let Reader::Reading { state, action, .. } = &mut world.readers[at] {
            (*state, *action) = step(from, event);
        }
        world
    }

    pub(super) fn fault(&self) -> Self {
        Self { faults: self.faults - 1, ..*self }
    }
}
