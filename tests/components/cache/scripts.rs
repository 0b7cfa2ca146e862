//! The scripts of the model, as they are in L2, and what each protection that is left out makes of
//! them.

use super::world::{Fence, Found, Kept, Protection, Reading, Slot, Without, World};
use shared::cache::step::{Action, Hope, State, StepEvent, Worth};

impl World {
    fn worth(&self, least: u8) -> Worth {
        self.slot.map_or(Worth::Nothing, |slot| if slot.version < least { Worth::Behind } else { slot.age })
    }

    fn stamp(&self) -> Option<(u8, u8)> {
        self.slot.map(|slot| (slot.version, slot.by))
    }

    /// The entry as it is now, seen and kept.
    pub(super) fn look(&self, at: usize, reading: Reading, without: Without<'_>) -> Self {
        let mut kept = reading.kept;
        let worth = if let Some(Slot { truth, version, proven, .. }) = self.slot {
            kept = Some(Kept { truth, version, proven, memory: false });
            self.worth(reading.least)
        } else if without.contains(&Protection::ForgottenIsDropped) {
            kept.map_or(
                Worth::Nothing,
                |kept| if kept.version < reading.least { Worth::Behind } else { Worth::Fallback },
            )
        } else {
            kept = kept.filter(|kept| kept.memory);
            kept.map_or(Worth::Nothing, |k| if k.version < reading.least { Worth::Behind } else { Worth::Remembered })
        };
        let looked = Reading { kept, seen: self.stamp(), heard: self.told, ..reading };
        self.on(at, looked, StepEvent::Found(worth))
    }

    pub(super) fn take(&self, at: usize, reading: Reading, without: Without<'_>, next: &mut Vec<Found>) {
        let (me, now) = (u8::try_from(at).unwrap() + 1, Reading { heard: self.told, ..reading });
        if self.stamp() != reading.seen && !without.contains(&Protection::EntriesInTake) {
            next.push(Ok(self.look(at, reading, without)));
        } else if self.turn.is_some() {
            next.push(self.held(at, now));
        } else {
            if self.worth(reading.least) == Worth::Fresh {
                next.push(Err(format!("a fresh entry is loaded again: {self:?}")));
            }
            let before = self.fence.filter(|_| !without.contains(&Protection::FenceShared));
            let fence = Fence {
                token: before.map_or(me, |fence| fence.token),
                hope: Some(match before.and_then(|fence| fence.hope) {
                    None => Hope::Soon,
                    Some(Hope::Soon) => Hope::Late,
                    Some(hope) => hope,
                }),
            };
            let taken = Self { turn: Some(me), fence: Some(fence), ..*self };
            taken.or_lost(at, reading, next);
            let won = Reading { fence: fence.token, undisturbed: true, ..now };
            next.push(Ok(taken.on(at, won, StepEvent::Won)));
        }
        self.or_lost(at, reading, next);
    }

    /// The turn is another's.
    fn held(&self, at: usize, reading: Reading) -> Found {
        let State::Taking { held, again } = reading.state else {
            return Err(format!("no turn was asked for: {self:?}"));
        };
        let hope = self.fence.and_then(|fence| fence.hope).unwrap_or(Hope::Soon);
        let world = self.on(at, reading, StepEvent::Held(hope));
        let super::world::Reader::Reading(Reading { action, .. }) = world.readers[at] else { return Ok(world) };
        let waits = action == Action::Wait && (held < Worth::Fallback || (held == Worth::Fallback && !again));
        match action {
            Action::Answer(_) if held >= Worth::Fallback => Ok(world),
            Action::Wait if waits => Ok(world),
            // Not for longer than a turn each time, and nobody waits for a table that fails.
            Action::Load(_) if held == Worth::Behind || hope == Hope::Lost => Ok(world),
            _ => Err(format!("a reader without the turn does {action:?}, with {held:?} to serve: {self:?}")),
        }
    }

    pub(super) fn fill(&self, at: usize, reading: Reading, without: Without<'_>, next: &mut Vec<Found>) {
        let left_out = |protection| without.contains(&protection);
        let (me, version) = (u8::try_from(at).unwrap() + 1, self.version(reading.loaded));
        self.or_lost(at, reading, next);
        let fenced = self.fence.is_some_and(|f| f.token == reading.fence || left_out(Protection::FenceToken));
        let other = self.slot.filter(|_| self.stamp() != reading.seen || left_out(Protection::SeenInFill));
        let older = other.is_some_and(|other| version < other.version);
        let same = other.is_some_and(|other| version == other.version);
        let admitted = (fenced || left_out(Protection::Fence)) && (!older || left_out(Protection::VersionsInFill));
        if admitted {
            if let Some(slot) = self.slot
                && older
                && self.stamp() != reading.seen
            {
                next.push(Err(format!("an older load replaced a newer one ({slot:?}): {self:?}")));
            }
            let slot = Slot { truth: reading.loaded, version, by: me, age: Worth::Fresh, proven: true };
            let fence = self.fence.map(|fence| Fence { hope: None, ..fence });
            let fence = fence.filter(|_| !left_out(Protection::FenceOutlivesTurn));
            let filled = Self { slot: Some(slot), turn: self.turn.filter(|turn| *turn != me), fence, ..*self };
            filled.or_lost(at, reading, next);
            next.push(Ok(filled.on(at, reading, StepEvent::Admitted)));
        }
        // Of two loads of one version the one that was asked for later stays: that may be either.
        if !admitted || same {
            let newer = self.slot.is_some_and(|slot| self.stamp() != reading.seen && slot.version >= version);
            if reading.undisturbed && !newer {
                next.push(Err(format!("a load was in vain: {self:?}")));
            }
            next.push(Ok(self.on(at, reading, StepEvent::Refused)));
        }
    }

    /// A load has failed, or has lasted too long.
    pub(super) fn failed(&self, at: usize, reading: Reading, without: Without<'_>) -> Self {
        let mut world = self.on(at, reading, StepEvent::Failed);
        // What was done before: the old entry went back into L2, wherever it came from.
        if without.contains(&Protection::NothingExtended)
            && let Some(Kept { truth, version, proven, .. }) = reading.kept
            && self.fence.is_some_and(|fence| fence.token == reading.fence)
        {
            let by = u8::try_from(at).unwrap() + 1;
            world.slot = Some(Slot { truth, version, by, age: Worth::Stale, proven });
        }
        world
    }

    /// L2 notes that a load has failed: once, or once too often. If others wait, the turn is over.
    pub(super) fn report(&self, at: usize, reading: Reading, next: &mut Vec<Found>) {
        let me = u8::try_from(at).unwrap() + 1;
        for hope in [Hope::Late, Hope::Lost] {
            let mut world = *self;
            if let Some(fence) = &mut world.fence
                && fence.token == reading.fence
            {
                fence.hope = Some(hope);
                world.turn = self.turn.filter(|turn| self.slot.is_some() || *turn != me);
            }
            world.or_lost(at, reading, next);
            next.push(Ok(world.on(at, reading, StepEvent::Reported)));
        }
    }
}
