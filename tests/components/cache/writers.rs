//! What the writers of the model do next.

use super::world::{Found, Protection, Slot, World, Writer};
use shared::cache::step::Worth;

impl World {
    pub(super) fn write(&self, at: usize, without: Option<Protection>, next: &mut Vec<Found>) {
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
                } else if older || without == Some(Protection::VersionsInPut) {
                    let proven = self.slot.is_some() || without == Some(Protection::VersionsInPut);
                    let by = 100 + u8::try_from(at).unwrap();
                    world.slot = Some(Slot { version, by, age: Worth::Fresh, proven });
                }
                world.told(at, version, without);
                next.push(Ok(world));
            }
            Writer::Lost { version } => {
                world.slot = self.slot.filter(|slot| slot.version >= version);
                world.told(at, version, without);
                next.push(Ok(world));
            }
        }
    }

    pub(super) fn told(&mut self, at: usize, version: u8, without: Option<Protection>) {
        if without != Some(Protection::LeaseTaken) {
            self.lease = None;
        }
        self.told = self.told.max(version);
        self.writers[at] = Writer::Done;
    }
}
