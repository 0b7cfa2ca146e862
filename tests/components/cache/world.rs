//! What the model is made of: a table, L2, environments with their memory, writers, and what
//! happens next.

use shared::cache::step::{Action, Hope, State, StepEvent, Worth, step};

/// What is in the slot. `truth` counts the table's writes; `version` is what the bytes say, 0 for
/// an absence. `by` tells two fills of one version apart, as their times do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    pub(super) truth: u8,
    pub(super) version: u8,
    pub(super) by: u8,
    pub(super) age: Worth,
    /// Whether it may be fresh for its full time: not for a write into an empty slot.
    pub(super) proven: bool,
}

/// The fence: which reader made it, and what has come of the turns under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fence {
    pub(super) token: u8,
    pub(super) hope: Option<Hope>,
}

/// What a reader could serve in the place of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kept {
    pub(super) truth: u8,
    pub(super) version: u8,
    pub(super) proven: bool,
    /// Not from L2 but from the environment's memory, past its time there.
    pub(super) memory: bool,
}

/// One read under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    pub(super) state: State,
    pub(super) action: Action,
    pub(super) least: u8,
    pub(super) seen: Option<(u8, u8)>,
    pub(super) kept: Option<Kept>,
    /// What L2 had been told of when it last answered.
    pub(super) heard: u8,
    pub(super) fence: u8,
    pub(super) loaded: u8,
    /// Whether nothing was written and nothing was lost since the turn was taken.
    pub(super) undisturbed: bool,
    pub(super) failed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reader {
    /// Not begun; whether its client brings a token with the newest version along, and the
    /// environment's memory.
    Waiting {
        token: bool,
        memory: bool,
    },
    Reading(Reading),
    Answered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Writer {
    Idle,
    /// The table is written; L2 is not yet told. It is by write-through, or by forgetting.
    Wrote {
        truth: u8,
        forgets: bool,
    },
    /// L2 was told, or may have been; the consumer of the stream repeats it.
    Repeats {
        truth: u8,
    },
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct World {
    /// The table's last write, and which of its writes were deletions.
    pub(super) table: u8,
    pub(super) gone: u8,
    pub(super) slot: Option<Slot>,
    pub(super) turn: Option<u8>,
    pub(super) fence: Option<Fence>,
    /// L2 does not answer.
    pub(super) down: bool,
    /// The newest write that L2 was told of.
    pub(super) told: u8,
    pub(super) faults: u8,
    pub(super) flawless: bool,
    pub(super) readers: [Reader; 3],
    pub(super) writers: [Writer; 2],
}

/// What protects; each can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// A fill is admitted under a fence only.
    Fence,
    /// It must be the fence that the loader saw.
    FenceToken,
    /// A write deletes the fence.
    FenceDeleted,
    /// The fence outlives the turn.
    FenceOutlivesTurn,
    /// The next turn joins the fence that is there.
    FenceShared,
    /// Of two loads under one fence the newer version stays.
    VersionsInFill,
    /// A load replaces what was seen before it, whatever the versions.
    SeenInFill,
    /// A write-through replaces older versions only.
    VersionsInPut,
    /// A write into an empty slot is trusted for a moment only.
    ShortTimesInPut,
    /// A turn is given for the entry that was seen only.
    EntriesInTake,
    /// What L2 has no longer is not served, although it was found a moment ago.
    ForgottenIsDropped,
    /// When the table fails nothing is written to L2 in place of what was loaded.
    NothingExtended,
}

/// What is left out in a walk.
pub(super) type Without<'a> = &'a [Protection];

/// A next world, or the promise that is broken on the way.
pub(super) type Found = Result<World, String>;

impl World {
    /// Readers, by whether each brings a token and whether its memory has the first version, and so
    /// many writers and faults.
    pub(super) fn new(readers: &[(bool, bool)], writers: usize, faults: u8) -> Self {
        let reader = |at: usize| {
            readers
                .get(at)
                .map_or(Reader::Answered, |(token, memory)| Reader::Waiting { token: *token, memory: *memory })
        };
        let writer = |at: usize| if at < writers { Writer::Idle } else { Writer::Done };
        Self {
            table: 1,
            gone: 0,
            slot: Some(Slot { truth: 1, version: 1, by: 99, age: Worth::Stale, proven: true }),
            turn: None,
            fence: None,
            down: false,
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

    /// The version of the table's write `truth`, as an entry of it says.
    pub(super) fn version(&self, truth: u8) -> u8 {
        if self.gone >> truth & 1 == 1 { 0 } else { truth }
    }

    pub(super) fn next(&self, without: Without<'_>) -> Vec<Found> {
        let mut next = Vec::new();
        for at in 0..self.readers.len() {
            self.read(at, without, &mut next);
        }
        for at in 0..self.writers.len() {
            self.write(at, without, &mut next);
        }
        self.age(without, &mut next);
        if self.down {
            // It comes back as it was, or empty.
            next.push(Ok(Self { down: false, ..*self }));
            next.push(Ok(Self { down: false, ..self.emptied() }));
        } else if self.faults > 0 {
            next.push(Ok(Self { down: true, ..self.fault() }));
            next.push(Ok(self.fault().emptied()));
            // Evictions.
            next.push(Ok(Self { slot: None, ..self.fault() }));
            next.push(Ok(Self { fence: None, ..self.fault().disturbed() }));
        }
        next
    }

    /// Time goes on: an entry grows older, a turn ends, and a fence that no load needs any more.
    fn age(&self, without: Without<'_>, next: &mut Vec<Found>) {
        if let Some(slot) = self.slot {
            let age = match slot.age {
                Worth::Fresh if slot.version > 0 => Some(Worth::Stale),
                Worth::Stale => Some(Worth::Fallback),
                _ => None,
            };
            next.push(Ok(Self { slot: age.map(|age| Slot { age, ..slot }), ..*self }));
        }
        if self.turn.is_some() {
            let fence = self.fence.filter(|_| !without.contains(&Protection::FenceOutlivesTurn));
            next.push(Ok(Self { turn: None, fence, ..*self }));
        }
        if let Some(fence) = self.fence {
            let needs = |reader: &Reader| matches!(reader, Reader::Reading(r) if r.fence == fence.token && r.loads());
            if !self.readers.iter().any(needs) {
                next.push(Ok(Self { fence: None, ..*self }));
            }
        }
    }

    fn emptied(&self) -> Self {
        Self { slot: None, turn: None, fence: None, ..self.disturbed() }
    }

    /// What happens here may cost a load its fill.
    pub(super) fn disturbed(&self) -> Self {
        let mut world = *self;
        for reader in &mut world.readers {
            if let Reader::Reading(reading) = reader {
                reading.undisturbed = false;
            }
        }
        world
    }

    pub(super) fn with(&self, at: usize, reading: Reading) -> Self {
        let mut world = *self;
        world.readers[at] = Reader::Reading(reading);
        world
    }

    pub(super) fn on(&self, at: usize, reading: Reading, event: StepEvent) -> Self {
        let (state, action) = step(reading.state, event);
        self.with(at, Reading { state, action, ..reading })
    }

    /// The answer of L2 is lost, before or after what it is an answer to.
    pub(super) fn or_lost(&self, at: usize, reading: Reading, next: &mut Vec<Found>) {
        if self.faults > 0 {
            next.push(Ok(self.fault().on(at, reading, StepEvent::Unreachable)));
        }
    }

    pub(super) fn fault(&self) -> Self {
        Self { faults: self.faults - 1, ..*self }
    }
}
