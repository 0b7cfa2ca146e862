//! The next steps of the model's readers.

use super::world::{Found, Kept, Reader, Reading, Without, World};
use shared::{
    cache::step::{Action, Served, State, StepEvent, Worth, start},
    version::Consistency,
};

impl World {
    pub(super) fn read(&self, at: usize, without: Without<'_>, next: &mut Vec<Found>) {
        let reading = match self.readers[at] {
            Reader::Answered => return,
            Reader::Waiting { token, memory } => {
                let least = if token { self.version(self.table) } else { 0 };
                let kept = memory.then_some(Kept { truth: 1, version: 1, proven: true, memory: true });
                let held =
                    kept.map_or(Worth::Nothing, |k| if k.version < least { Worth::Behind } else { Worth::Remembered });
                let (state, action) = start(true, held);
                let reading = Reading {
                    state,
                    action,
                    least,
                    seen: None,
                    kept,
                    heard: 0,
                    fence: 0,
                    loaded: 0,
                    undisturbed: false,
                    failed: false,
                };
                next.push(Ok(self.with(at, reading)));
                return;
            }
            Reader::Reading(reading) => reading,
        };
        match reading.action {
            Action::Ask | Action::Take | Action::Fill | Action::Report if self.down => {
                next.push(Ok(self.on(at, reading, StepEvent::Unreachable)));
            }
            Action::Ask => {
                next.push(Ok(self.look(at, reading, without)));
                self.or_lost(at, reading, next);
            }
            Action::Take => self.take(at, reading, without, next),
            Action::Wait => {
                next.push(Ok(self.on(at, reading, StepEvent::Waited)));
                next.push(Ok(self.on(at, reading, StepEvent::GaveUp)));
            }
            Action::Load(how) => {
                let mut loads = vec![self.table];
                // A client with a token is read for strongly, whatever the step says.
                if how == Consistency::Eventual && reading.least == 0 && self.table > 1 {
                    loads.push(self.table - 1);
                }
                for loaded in loads {
                    next.push(Ok(self.on(at, Reading { loaded, ..reading }, StepEvent::Loaded)));
                }
                if self.faults > 0 {
                    let failed = Reading { failed: true, ..reading };
                    next.push(Ok(self.fault().failed(at, failed, without)));
                }
            }
            Action::Fill => self.fill(at, reading, without, next),
            Action::Report => {
                self.report(at, reading, next);
                self.or_lost(at, reading, next);
            }
            Action::Answer(answer) => next.push(self.answered(at, reading, answer)),
        }
    }

    fn answered(&self, at: usize, reading: Reading, answer: Served) -> Found {
        let truth = match (answer, reading.kept) {
            (Served::Entry, Some(kept)) => {
                if kept.memory && !reading.failed {
                    return Err(format!("memory answered past its time although the table is well: {self:?}"));
                }
                if !kept.memory && kept.proven && kept.truth < reading.heard {
                    return Err(format!("a forgotten value is served: {self:?}"));
                }
                kept.truth
            }
            (Served::Entry, None) => return Err(format!("there is nothing to answer with: {self:?}")),
            (Served::Loaded { .. }, _) => reading.loaded,
            // A world that began without faults has no reason to fail.
            (Served::Error, _) if self.flawless => return Err(format!("a read failed without a fault: {self:?}")),
            (Served::Error, _) => u8::MAX,
        };
        if truth < reading.least {
            return Err(format!("a client was answered with less than it has seen: {self:?}"));
        }
        let mut world = *self;
        world.readers[at] = Reader::Answered;
        Ok(world)
    }
}

impl Reading {
    /// Whether it holds a fence that it will want to fill under.
    pub(super) fn loads(&self) -> bool {
        matches!(self.state, State::Loading { turn: true, .. } | State::Filling | State::Reporting(_))
    }
}
