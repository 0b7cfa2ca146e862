//! The next steps of the model's writers.

use super::world::{Found, Protection, Slot, Without, World, Writer};
use shared::cache::step::Worth;

impl World {
    pub(super) fn write(&self, at: usize, without: Without<'_>, next: &mut Vec<Found>) {
        let mut world = *self;
        match self.writers[at] {
            Writer::Done => {}
            Writer::Idle => {
                world.table += 1;
                let truth = world.table;
                for forgets in [false, true] {
                    world.writers[at] = Writer::Wrote { truth, forgets };
                    next.push(Ok(world));
                }
                if self.version(self.table) > 0 {
                    world.gone |= 1 << truth;
                    next.push(Ok(world));
                }
            }
            // Left to the consumer of the stream.
            Writer::Wrote { truth, .. } if self.down => {
                world.writers[at] = Writer::Repeats { truth };
                next.push(Ok(world));
            }
            Writer::Wrote { truth, forgets } => {
                if self.faults > 0 {
                    let mut lost = self.fault();
                    lost.writers[at] = Writer::Repeats { truth };
                    next.push(Ok(lost));
                }
                let left_out = |protection| without.contains(&protection);
                let older = self.slot.is_none_or(|slot| slot.version < truth);
                if forgets {
                    world.slot = None;
                } else if older || left_out(Protection::VersionsInPut) {
                    let there = self.slot.is_some_and(|slot| slot.version > 0);
                    let (by, proven) = (100 + truth, there || left_out(Protection::ShortTimesInPut));
                    world.slot = Some(Slot { truth, version: truth, by, age: Worth::Fresh, proven });
                }
                world.writers[at] = Writer::Repeats { truth };
                next.push(Ok(world.told(truth, without)));
            }
            Writer::Repeats { .. } if self.down => {}
            Writer::Repeats { truth } => {
                world.slot = self.slot.filter(|slot| slot.version >= truth);
                world.writers[at] = Writer::Done;
                next.push(Ok(world.told(truth, without)));
            }
        }
    }

    fn told(&self, truth: u8, without: Without<'_>) -> Self {
        let fence = self.fence.filter(|_| without.contains(&Protection::FenceDeleted));
        Self { turn: None, fence, told: self.told.max(truth), ..self.disturbed() }
    }
}
