//! Every order of events, walked: readers by [`step`](shared::cache::step::step), writers, the
//! scripts as they are, and all that can go wrong between them.
//!
//! A world is the table, L2's slot of one key with its turn and its fence, and where each
//! environment (with its memory) and each writer is. From each world every possible next one is
//! visited: a reader's or writer's next action (with its answer, or with the answer lost, carried
//! out or not), an entry growing older, a turn ending while its load goes on, L2 going away and
//! coming back as it was or empty, evictions. The scripts are written here a second time, so that
//! each protection can be left out, and the walk must then find what it protects from.

use super::world::{Protection, World};
use std::collections::{HashSet, VecDeque};

/// Visits every world that can be reached. How many there are, or what was found wrong.
fn walk(first: World, without: &[Protection]) -> Result<usize, String> {
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
                && slot.truth < found.told
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

/// Whether each brings a token, and whether it remembers the first version.
type Readers<'a> = &'a [(bool, bool)];
/// Readers, writers, faults, and what is found.
type Case<'a> = (&'a [Protection], Readers<'a>, usize, u8, &'a str);

const PLAIN: (bool, bool) = (false, false);
const TOKEN: (bool, bool) = (true, false);
const MEMORY: (bool, bool) = (false, true);

/// Readers, writers, faults. The suite walks the first three, a million states; `MODEL=all` the
/// rest too, which take minutes and gigabytes.
const WORLDS: [(Readers<'static>, usize, u8); 7] = [
    (&[MEMORY, PLAIN], 1, 1),
    (&[TOKEN, PLAIN], 1, 0),
    (&[MEMORY], 2, 2),
    (&[TOKEN, PLAIN], 1, 1),
    (&[TOKEN, PLAIN], 2, 0),
    (&[MEMORY, TOKEN], 1, 2),
    (&[MEMORY, PLAIN, PLAIN], 1, 0),
];

#[test]
fn no_order_of_events_breaks_a_promise() {
    let walked = if std::env::var_os("MODEL").is_some() { WORLDS.len() } else { 3 };
    for (readers, writers, faults) in &WORLDS[..walked] {
        let what = format!("{} readers, {writers} writers, {faults} faults", readers.len());
        match walk(World::new(readers, *writers, *faults), &[]) {
            Ok(states) => println!("{what}: {states} states, no promise broken"),
            Err(broken) => panic!("{what}: {broken}"),
        }
    }
}

#[test]
fn without_its_protection_each_promise_is_broken() {
    use Protection as P;
    let old = "an old value came back";
    let vain = "a load was in vain";
    let cases: [Case<'_>; 12] = [
        (&[P::Fence], &[PLAIN], 1, 0, old),
        (&[P::FenceToken], &[PLAIN, PLAIN], 1, 0, old),
        (&[P::FenceDeleted], &[PLAIN], 1, 0, old),
        // The lease as it was: turn and fence in one.
        (&[P::FenceOutlivesTurn], &[PLAIN], 0, 0, vain),
        (&[P::FenceShared], &[PLAIN, PLAIN], 0, 0, vain),
        (&[P::VersionsInFill], &[PLAIN, PLAIN], 1, 0, "an older load replaced a newer one"),
        (&[P::SeenInFill], &[PLAIN], 1, 0, vain),
        (&[P::VersionsInPut], &[], 2, 0, old),
        (&[P::ShortTimesInPut], &[], 2, 0, old),
        (&[P::EntriesInTake], &[PLAIN, PLAIN], 0, 0, "a fresh entry is loaded again"),
        (&[P::ForgottenIsDropped], &[PLAIN], 1, 1, "a forgotten value is served"),
        // What an environment remembers goes back into L2 when one load fails.
        (&[P::NothingExtended], &[MEMORY], 1, 1, old),
    ];
    for (without, readers, writers, faults, expected) in cases {
        let broken = walk(World::new(readers, writers, faults), without).expect_err(expected);
        assert!(broken.starts_with(expected), "{without:?}: {broken}");
        walk(World::new(readers, writers, faults), &[]).unwrap();
    }
    // What was found in L2, and forgotten there before the turn was taken, goes back when the load
    // fails: a session that was signed out meanwhile. Nothing is in any memory.
    let both = [P::ForgottenIsDropped, P::NothingExtended];
    let broken = walk(World::new(&[PLAIN], 1, 1), &both).expect_err(old);
    assert!(broken.starts_with(old), "{broken}");
    walk(World::new(&[PLAIN], 1, 1), &[P::NothingExtended]).unwrap();
}
