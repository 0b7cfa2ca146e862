//! Every order of events, walked: readers by [`step`], writers, the scripts as they are, and all that can go wrong between them.
//!
//! A world is the table, the slot of one key in L2 with its lease, and where each reader and writer is. From each world every
//! possible next one is visited: a reader's or writer's next action (with its answer, or with the answer lost, carried out
//! or not), an entry growing older, a lease ending, L2 losing its memory. The scripts are written here a second time, so that
//! each protection can be left out, and the walk must then find what it protects from.

use super::world::{Protection, World};
use std::collections::{HashSet, VecDeque};

/// Visits every world that can be reached. How many there are, or what was found wrong.
fn walk(first: World, without: Option<Protection>) -> Result<usize, String> {
    let mut known = HashSet::from([first]);
    let mut open = VecDeque::from([first]);
    while let Some(world) = open.pop_front() {
        let next = world.next(without);
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

/// Readers (and whether each brings a token), writers, faults. All of them are twelve million states: a minute and a half optimised,
/// far more otherwise, so the suite walks the first, and `MODEL=all` the rest.
const WORLDS: [(&[bool], usize, u8); 4] =
    [(&[true, false], 1, 2), (&[true, false], 2, 0), (&[true, false], 2, 1), (&[true, false, false], 1, 0)];

#[test]
fn no_order_of_events_breaks_a_promise() {
    let walked = if std::env::var_os("MODEL").is_some() { WORLDS.len() } else { 1 };
    for (readers, writers, faults) in &WORLDS[..walked] {
        let what = format!("{} readers, {writers} writers, {faults} faults", readers.len());
        match walk(World::new(readers, *writers, *faults), None) {
            Ok(states) => println!("{what}: {states} states, no promise broken"),
            Err(broken) => panic!("{what}: {broken}"),
        }
    }
}

#[test]
fn without_its_protection_each_promise_is_broken() {
    let world = || World::new(&[true, false], 2, 1);
    for (protection, expected) in [
        (Protection::LeaseToFill, "an old value came back"),
        (Protection::LeaseTaken, "an old value came back"),
        (Protection::VersionsInPut, "an old value came back"),
        (Protection::EntriesInTake, "a fresh entry is loaded again"),
    ] {
        let broken = walk(world(), Some(protection)).unwrap_err();
        assert!(broken.starts_with(expected), "{protection:?}: {broken}");
    }
}
