//! What a read does next: every decision about turns, as a pure function.
//!
//! [`step`] takes a state and an event, and returns the next state and the one action to take. It
//! uses no clock, no server and no value, so a model checker can try every order of events
//! (`tests/components/cache/model.rs`).
//!
//! Two problems, two keys in L2:
//!
//! * A hot entry expires, and a thousand environments load it at once. The **turn** decides which
//!   one may load. It is short, because a holder that crashes costs the others this time. If a load
//!   outlasts it, the next reader takes a turn, so the table gets one load a turn.
//! * A reader loads before a write, is slow, and puts the old value back after the write. The
//!   **fence** decides which fills are accepted. The first turn makes it, with a random token;
//!   later turns join it, for as long as a load may last. A write deletes it, and so no load that
//!   began before the write may fill. A fill keeps it: a load that began after the last write is as
//!   good as any other, whoever has the turn by then.
//!
//! One token for both would be simpler: the lease of Nishtala et al., "Scaling Memcache at
//! Facebook" (NSDI 2013). It fails when the table is slow: a load that outlasts its lease is never
//! accepted, so nothing is cached, and the table stays slow.
//!
//! A reader without the turn never waits for the table when it has an entry to serve (RFC 5861).
//! One that has none waits for the holder's fill or for its own turn. It stops waiting when the
//! table fails.

use crate::version::Consistency;

/// What an entry is worth to one read at one moment, from bad to good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worth {
    /// There is none, it cannot be read, or its last time is over.
    Nothing,
    /// It is older than the version that the client has seen, so the client never gets it.
    Behind,
    /// Only this environment's memory has it, and its time there is over. A write may have removed
    /// it from L2, so it is served only when the table fails, and never put into L2.
    Remembered,
    /// L2 has it. It may be served when the table fails or is slow.
    Fallback,
    /// L2 has it. It may be served while another environment loads a new one.
    Stale,
    /// It is fresh.
    Fresh,
}

/// What the other readers' turns have brought since the last fill or write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hope {
    /// The first turn is not over. A healthy table answers within it.
    Soon,
    /// A turn has ended without a fill: loads are slow, or one has failed.
    Late,
    /// Loads have failed again and again, or have lasted longer than a load may.
    Lost,
}

/// The state of a read. Each state waits for the outcome of the action that led to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It has asked L2 for the entry; memory had one of this worth.
    Asking(Worth),
    /// It has asked L2 for the turn.
    Taking {
        /// The worth of the entry that could be served.
        held: Worth,
        /// Whether the read has asked before.
        again: bool,
    },
    /// Another environment loads; an entry of this worth could be served.
    Waiting(Worth),
    /// It has asked the table.
    Loading {
        /// Whether this read has taken the turn.
        turn: bool,
        /// The worth of the entry that is served if the table fails.
        held: Worth,
    },
    /// It has sent the loaded value to L2.
    Filling,
    /// The table failed, and L2 is informed; an entry of this worth could be served.
    Reporting(Worth),
    /// It has answered.
    Done,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepEvent {
    /// L2 has an entry of this worth, or none. If the read had asked for the turn, the entry has
    /// changed meanwhile.
    Found(Worth),
    /// L2 did not answer.
    Unreachable,
    /// This read has the turn.
    Won,
    /// Another read has the turn.
    Held(Hope),
    /// The wait is over.
    Waited,
    /// The read does not wait.
    GaveUp,
    /// The table answered.
    Loaded,
    /// The table failed, or took longer than a load may.
    Failed,
    /// L2 accepted the value.
    Admitted,
    /// L2 refused the value: there was a write during the load, or another read has filled in a
    /// newer value.
    Refused,
    /// L2 was informed of the failure, if it answers.
    Reported,
}

/// The next action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Ask L2 for the entry.
    Ask,
    /// Ask L2 for the turn, unless its entry is another than the one seen.
    Take,
    /// Wait for the holder of the turn, for a part of the turn's time.
    Wait,
    /// Ask the table.
    Load(Consistency),
    /// Send the loaded value to L2, under the fence.
    Fill,
    /// Record in L2 that the load failed, so that no read waits for it.
    Report,
    /// Answer.
    Answer(Served),
}

/// The answer of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Served {
    /// The entry that was found.
    Entry,
    /// The value that was loaded, and whether memory may keep it.
    Loaded {
        /// `false` when L2 refused it: then a newer value is there or on its way.
        keep: bool,
    },
    /// The table's error.
    Error,
}

/// Starts a read that memory alone cannot answer; memory has an entry of worth `held`.
pub fn start(l2: bool, held: Worth) -> (State, Action) {
    if l2 { (State::Asking(held), Action::Ask) } else { load(false, held) }
}

/// The next state and action. An event that a state does not wait for cannot happen; it ends the
/// read with the table's error.
#[expect(clippy::match_same_arms, reason = "a line a transition")]
pub fn step(state: State, event: StepEvent) -> (State, Action) {
    use {State as S, StepEvent as E};
    match (state, event) {
        (S::Asking(_) | S::Taking { .. }, E::Found(Worth::Fresh)) => answer(Served::Entry),
        (S::Asking(_), E::Found(held)) => take(held, false),
        (S::Taking { again: false, .. }, E::Found(held)) => take(held, true),
        (S::Taking { again: true, .. }, E::Found(held)) => serve_or_load(held),
        (S::Asking(held), E::Unreachable) => load(false, held),
        (S::Taking { held: Worth::Stale, .. }, E::Unreachable) => answer(Served::Entry),
        (S::Taking { held, .. }, E::Unreachable) => load(false, held),
        (S::Taking { held, .. }, E::Won) => load(true, held),
        // A healthy table fills within a moment, and an entry that is only a fallback may be hours
        // old.
        (S::Taking { held: Worth::Fallback, again: false }, E::Held(Hope::Soon)) => wait(Worth::Fallback),
        (S::Taking { held: held @ (Worth::Nothing | Worth::Remembered), .. }, E::Held(Hope::Soon | Hope::Late)) => {
            wait(held)
        }
        (S::Taking { held, .. }, E::Held(_)) => serve_or_load(held),
        (S::Waiting(held), E::Waited) => take(held, true),
        (S::Waiting(held), E::GaveUp) => serve_or_load(held),
        (S::Loading { turn: true, .. }, E::Loaded) => (S::Filling, Action::Fill),
        (S::Loading { turn: false, .. }, E::Loaded) => answer(Served::Loaded { keep: true }),
        (S::Loading { turn: true, held }, E::Failed) => (S::Reporting(held), Action::Report),
        (S::Loading { turn: false, held }, E::Failed) | (S::Reporting(held), _) => {
            answer(if held >= Worth::Remembered { Served::Entry } else { Served::Error })
        }
        (S::Filling, event) => answer(Served::Loaded { keep: event != E::Refused }),
        (_, _) => answer(Served::Error),
    }
}

fn take(held: Worth, again: bool) -> (State, Action) {
    (State::Taking { held, again }, Action::Take)
}

fn wait(held: Worth) -> (State, Action) {
    (State::Waiting(held), Action::Wait)
}

fn serve_or_load(held: Worth) -> (State, Action) {
    if held >= Worth::Fallback { answer(Served::Entry) } else { load(false, held) }
}

fn load(turn: bool, held: Worth) -> (State, Action) {
    let how = if turn || held == Worth::Behind { Consistency::Strong } else { Consistency::Eventual };
    (State::Loading { turn, held }, Action::Load(how))
}

fn answer(answer: Served) -> (State, Action) {
    (State::Done, Action::Answer(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The read that has found an entry of this worth and is now asking for the turn.
    fn taking(held: Worth) -> State {
        let (state, action) = step(start(true, Worth::Nothing).0, StepEvent::Found(held));
        assert_eq!(action, Action::Take);
        state
    }

    #[test]
    fn a_stale_entry_is_served_by_all_but_the_holder_of_the_turn() {
        for hope in [Hope::Soon, Hope::Late, Hope::Lost] {
            assert_eq!(step(taking(Worth::Stale), StepEvent::Held(hope)).1, Action::Answer(Served::Entry));
        }
        assert_eq!(step(taking(Worth::Stale), StepEvent::Unreachable).1, Action::Answer(Served::Entry));
        assert_eq!(step(taking(Worth::Stale), StepEvent::Won).1, Action::Load(Consistency::Strong));
    }

    #[test]
    fn a_fallback_waits_once_for_a_healthy_table_and_never_for_a_slow_one() {
        for hope in [Hope::Late, Hope::Lost] {
            assert_eq!(step(taking(Worth::Fallback), StepEvent::Held(hope)).1, Action::Answer(Served::Entry));
        }
        let (waiting, action) = step(taking(Worth::Fallback), StepEvent::Held(Hope::Soon));
        assert_eq!(action, Action::Wait);
        let (again, action) = step(waiting, StepEvent::Waited);
        assert_eq!(action, Action::Take);
        assert_eq!(step(again, StepEvent::Held(Hope::Soon)).1, Action::Answer(Served::Entry));
    }

    #[test]
    fn a_read_that_has_nothing_waits_for_a_turn_until_the_table_fails() {
        for held in [Worth::Nothing, Worth::Remembered] {
            let mut state = taking(held);
            for _ in 0..100 {
                let (waiting, action) = step(state, StepEvent::Held(Hope::Late));
                assert_eq!(action, Action::Wait, "one load a turn, however long they take");
                state = step(waiting, StepEvent::Waited).0;
            }
            assert_eq!(step(state, StepEvent::Held(Hope::Lost)).1, Action::Load(Consistency::Eventual));
            assert_eq!(step(state, StepEvent::Won).1, Action::Load(Consistency::Strong));
        }
    }

    #[test]
    fn a_client_that_saw_a_newer_version_neither_waits_nor_gets_the_old_one() {
        let (loading, action) = step(taking(Worth::Behind), StepEvent::Held(Hope::Soon));
        assert_eq!(action, Action::Load(Consistency::Strong));
        assert_eq!(step(loading, StepEvent::Failed).1, Action::Answer(Served::Error));
    }

    #[test]
    fn memory_answers_for_a_table_that_fails_and_for_nothing_else() {
        assert_eq!(step(taking(Worth::Remembered), StepEvent::Held(Hope::Soon)).1, Action::Wait);
        let (loading, _) = step(taking(Worth::Remembered), StepEvent::Won);
        let (reporting, action) = step(loading, StepEvent::Failed);
        assert_eq!(action, Action::Report);
        assert_eq!(step(reporting, StepEvent::Reported).1, Action::Answer(Served::Entry));
    }
}
