//! Thirty environments read one hot key: the cost of a slow table, to the millisecond.

use super::simulation::{Answered, Fleet, Load, Slot, ms};
use shared::cache::{LOAD_MAX, Policy};
use std::time::Duration;

const POLICY: Policy = Policy::new(Duration::from_mins(1)).jitter(0.0);

#[test]
fn a_table_that_is_slower_than_a_turn_is_asked_once_a_turn_and_cached() {
    let loads: [(u64, Load, usize); 6] = [
        (20, |_| (20, true), 1),
        (150, |_| (150, true), 1),
        (250, |_| (250, true), 2),
        (600, |_| (600, true), 4),
        (1_500, |_| (1_500, true), 8),
        (3_000, |_| (3_000, true), 16),
    ];
    for (load, takes, most) in loads {
        let fleet = Fleet::new(POLICY, takes, None).run(0, 6_000);
        fleet.assert_one_load_a_turn();
        fleet.assert_nobody_else_waits();
        let refused = fleet.loads.len() as u64 - fleet.fills;
        assert!(fleet.fills >= 1 && refused == 0, "of {load} ms: {} of {}", fleet.fills, fleet.loads.len());
        assert!(fleet.loads.len() <= most, "of {load} ms: {} loads", fleet.loads.len());
        // As soon as the first load is over, everybody is answered from it.
        let late = fleet.answers.iter().filter(|a| !a.turn && a.at > load + 150 && a.took > 50 && a.at - a.took > load);
        assert_eq!(late.count(), 0, "of {load} ms");
        // A read that has nothing waits for the first fill, or takes a turn before that and waits
        // for its own load.
        let bound = |turn| if turn { 2 * load + 150 } else { load + 150 };
        assert!(fleet.answers.iter().all(|a| !a.error && a.took <= bound(a.turn)), "of {load} ms");
        println!("loads of {load} ms: {}, {} answers", fleet.loads.len(), fleet.answers.len());
    }
}

#[test]
fn an_entry_of_a_second_is_refreshed_again_and_again_by_loads_of_600_ms() {
    let policy = Policy::new(Duration::from_secs(1)).jitter(0.0);
    let fleet = Fleet::new(policy, |_| (600, true), None).run(0, 20_000);
    fleet.assert_one_load_a_turn();
    fleet.assert_nobody_else_waits();
    assert!(fleet.fills >= 10, "{} times in 20 s", fleet.fills);
    let oldest = fleet.answers.iter().filter_map(|a| a.age).max().unwrap();
    assert!(oldest <= 1_000 + 600 + 50, "an answer was {oldest} ms old");
    println!("{} loads, {} fills, the oldest answer of {oldest} ms", fleet.loads.len(), fleet.fills);
}

#[test]
fn a_table_that_fails_slowly_or_never_answers_costs_readers_nothing_and_is_asked_less() {
    let loads: [(&str, Load); 4] = [
        ("failing after 3 s", |_| (3_000, false)),
        ("failing after 600 ms", |_| (600, false)),
        ("failing at once", |_| (5, false)),
        ("hanging", |_| (60_000, true)),
    ];
    for (what, load) in loads {
        let slot = Slot::new(&POLICY, 0);
        let from = slot.stale + 1_000;
        let fleet = Fleet::new(POLICY, load, Some(slot)).run(from, from + 12_000);
        fleet.assert_one_load_a_turn();
        fleet.assert_nobody_else_waits();
        assert!(fleet.loads.len() <= 11 && fleet.at_once() <= 5, "{what}: {} loads", fleet.loads.len());
        assert!(fleet.answers.iter().all(|a| !a.error && a.took <= ms(LOAD_MAX) + 50), "{what}");
        // Once loads are known to be slow, nobody waits even for a moment.
        let late = fleet.answers.iter().filter(|a| !a.turn && a.at > from + 1_000 && a.took > 5).count();
        assert_eq!(late, 0, "{what}");
        println!("{what}: {} loads in 12 s, {} at once", fleet.loads.len(), fleet.at_once());
    }
}

#[test]
fn a_search_that_limits_its_loads_is_refreshed_all_the_same() {
    let policy = POLICY.load_limit(Duration::from_millis(300));
    let slot = Slot::new(&policy, 0);
    let fleet = Fleet::new(policy, |_| (1_200, true), Some(slot)).run(slot.fresh, slot.fresh + 6_000);
    fleet.assert_one_load_a_turn();
    fleet.assert_nobody_else_waits();
    assert!(fleet.fills >= 1);
    let still_old = |a: &&Answered| a.at > slot.fresh + 3_500 && a.age.is_some_and(|age| age > 10_000);
    assert_eq!(fleet.answers.iter().filter(still_old).count(), 0);
}

#[test]
fn without_an_entry_nobody_waits_for_a_table_that_fails_again_and_again() {
    let loads: [(u64, Load); 2] = [(3_000, |_| (3_000, false)), (5, |_| (5, false))];
    for (takes, load) in loads {
        let fleet = Fleet::new(POLICY, load, None).run(0, 12_000);
        let begun_after = |from: u64| fleet.answers.iter().filter(move |a| a.at - a.took > from);
        // The third failure is known by then.
        assert!(begun_after(takes + 450).all(|a| a.took <= takes + 10), "of {takes} ms");
        // Before the first failure it is one load a turn.
        let early: Vec<_> = fleet.loads.iter().map(|(from, _)| *from).filter(|from| *from < takes).collect();
        assert!(early.windows(2).all(|two| two[1] - two[0] >= 200), "{early:?}");
        if takes < 100 {
            assert!(fleet.answers.iter().all(|a| a.error && a.took <= 200), "an error comes at once");
        }
    }
}

#[test]
fn without_an_entry_one_failed_load_does_not_send_everybody_to_the_table() {
    let fleet = Fleet::new(POLICY, |nth| (20, nth > 0), None).run(0, 6_000);
    assert_eq!((fleet.loads.len(), fleet.fills), (2, 1));
    assert_eq!(fleet.answers.iter().filter(|a| a.error).count(), 1);
    assert!(fleet.answers.iter().all(|a| a.took <= 150));
}

#[test]
fn without_an_entry_the_next_load_begins_within_a_turn_of_one_that_hangs() {
    let fleet = Fleet::new(POLICY, |_| (60_000, true), None).run(0, 3_000);
    let gaps: Vec<_> = fleet.loads.windows(2).map(|two| two[1].0 - two[0].0).collect();
    assert!(gaps.len() >= 12 && gaps.iter().all(|gap| (200..=280).contains(gap)), "{gaps:?}");
}
