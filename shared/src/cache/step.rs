//! What a read does next: every decision about leases, as a pure function.
//!
//! [`step`] takes a state and what just happened and answers with the next state and the one thing to do. It knows no clock,
//! no server and no value, so that a model checker can walk every order of events (`tests/components/cache/model.rs`).
//!
//! The problem: a hot entry expires and a thousand environments load it at once; and whoever read the table before a write and
//! is slow puts the old value back after it. One idea answers both, the lease of Nishtala et al., "Scaling Memcache at
//! Facebook" (NSDI 2013): one reader in the fleet is given a token and loads, a fill is admitted with that token only,
//! and forgetting the entry takes the token away. Whoever gets none serves the stale entry (RFC 5861), or waits a little.

use crate::version::Consistency;

/// How often a read without a lease and without anything to serve waits for the holder before it loads for itself.
pub const PATIENCE: u8 = 4;

/// What an entry is worth to one read at one moment, from bad to good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worth {
    /// There is none, or it cannot be read, or its last use is over.
    Nothing,
    /// Older than what the client has seen: never served to it.
    Behind,
    /// Good for when the table fails.
    Fallback,
    /// Good while somebody loads a new one.
    Stale,
    /// Good.
    Fresh,
}

/// Where a read is. Each state awaits the outcome of the one action that led to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// L2 was asked for the entry; in memory there was one of this worth.
    Asking(Worth),
    /// L2 was asked for the lease.
    Taking {
        /// What there is to serve.
        held: Worth,
        /// How often the read has waited.
        waits: u8,
    },
    /// Another environment loads, and there is nothing to serve.
    Waiting {
        /// What there is to serve if the table fails.
        held: Worth,
        /// How often the read has waited, this time included.
        waits: u8,
    },
    /// The table was asked.
    Loading {
        /// Whether this read holds the lease.
        leased: bool,
        /// What there is to serve if the table fails.
        held: Worth,
    },
    /// The loaded value was handed to L2.
    Filling,
    /// The table failed; the old entry's staleness was extended in L2.
    Extending,
    /// Answered.
    Done,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// L2 has an entry of this worth (also: nothing). To a read that asked for the lease: it changed in the meantime.
    Found(Worth),
    /// L2 did not answer.
    Unreachable,
    /// The lease is this read's.
    Won,
    /// The lease is another's.
    Held,
    /// The wait is over.
    Waited,
    /// The table answered.
    Loaded,
    /// The table failed.
    Failed,
    /// L2 took the value.
    Admitted,
    /// L2 did not take the value: the lease was over, or taken away.
    Refused,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Ask L2 for the entry.
    Ask,
    /// Ask L2 for the lease, unless its entry is another than the one seen.
    Take,
    /// Wait, with jitter, for a part of the lease's duration.
    Wait,
    /// Ask the table.
    Load(Consistency),
    /// Hand the loaded value to L2, with the lease.
    Fill,
    /// Let others serve the old entry while the table fails, with the lease.
    Extend,
    /// Answer.
    Answer(Answer),
}

/// With what to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// With the entry that was found.
    Entry,
    /// With the value that was loaded; whether it may be kept in memory.
    Loaded {
        /// No, when L2 refused it: then something was written during the load.
        keep: bool,
    },
    /// With the table's error.
    Error,
}

/// A read begins that memory alone does not answer; in memory is an entry of worth `held`.
pub fn start(l2: bool, held: Worth) -> (State, Action) {
    if l2 { (State::Asking(held), Action::Ask) } else { load(false, held) }
}

/// The next state and action. An event that a state does not await cannot happen; it ends the read with the table's answer.
#[expect(clippy::match_same_arms, reason = "a line a transition")]
pub fn step(state: State, event: Event) -> (State, Action) {
    use {Event as E, State as S};
    match (state, event) {
        (S::Asking(_) | S::Taking { .. }, E::Found(Worth::Fresh)) => answer(Answer::Entry),
        (S::Asking(_), E::Found(held)) => (S::Taking { held, waits: 0 }, Action::Take),
        (S::Taking { waits, .. }, E::Found(held)) if waits < PATIENCE => {
            (S::Taking { held, waits: waits + 1 }, Action::Take)
        }
        (S::Taking { .. }, E::Found(held)) => load(false, held),
        (S::Asking(held) | S::Taking { held, .. }, E::Unreachable) => load(false, held),
        (S::Taking { held, .. }, E::Won) => load(true, held),
        (S::Taking { held: Worth::Stale, .. }, E::Held) => answer(Answer::Entry),
        (S::Taking { held, waits }, E::Held) if held != Worth::Behind && waits < PATIENCE => {
            (S::Waiting { held, waits: waits + 1 }, Action::Wait)
        }
        (S::Taking { held, .. }, E::Held) => load(false, held),
        (S::Waiting { held, waits }, E::Waited) => (S::Taking { held, waits }, Action::Take),
        (S::Loading { leased: true, .. }, E::Loaded) => (S::Filling, Action::Fill),
        (S::Loading { leased: false, .. }, E::Loaded) => answer(Answer::Loaded { keep: true }),
        // Others would wait for nothing, one after the other, as long as the table fails.
        (S::Loading { leased: true, held: Worth::Fallback }, E::Failed) => (S::Extending, Action::Extend),
        (S::Loading { held: Worth::Fallback | Worth::Stale, .. }, E::Failed) => answer(Answer::Entry),
        (S::Loading { .. }, E::Failed) => answer(Answer::Error),
        (S::Filling, event) => answer(Answer::Loaded { keep: event != E::Refused }),
        (S::Extending, _) => answer(Answer::Entry),
        (_, _) => answer(Answer::Error),
    }
}

fn load(leased: bool, held: Worth) -> (State, Action) {
    let how = if leased || held == Worth::Behind { Consistency::Strong } else { Consistency::Eventual };
    (State::Loading { leased, held }, Action::Load(how))
}

fn answer(answer: Answer) -> (State, Action) {
    (State::Done, Action::Answer(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_entry_is_served_by_all_but_the_holder_of_the_lease() {
        let (asking, _) = start(true, Worth::Nothing);
        let (taking, action) = step(asking, Event::Found(Worth::Stale));
        assert_eq!(action, Action::Take);
        assert_eq!(step(taking, Event::Held).1, Action::Answer(Answer::Entry));
        assert_eq!(step(taking, Event::Won).1, Action::Load(Consistency::Strong));
    }

    #[test]
    fn who_waits_in_vain_loads_for_itself() {
        let (mut state, mut action) = step(start(true, Worth::Nothing).0, Event::Found(Worth::Nothing));
        let mut waits = 0;
        loop {
            let event = match action {
                Action::Take => Event::Held,
                Action::Wait => Event::Waited,
                _ => break,
            };
            waits += u8::from(event == Event::Waited);
            (state, action) = step(state, event);
        }
        assert_eq!((waits, action), (PATIENCE, Action::Load(Consistency::Eventual)));
    }

    #[test]
    fn a_client_that_saw_a_newer_version_neither_waits_nor_gets_the_old_one() {
        let (taking, _) = step(start(true, Worth::Behind).0, Event::Found(Worth::Behind));
        let (loading, action) = step(taking, Event::Held);
        assert_eq!(action, Action::Load(Consistency::Strong));
        assert_eq!(step(loading, Event::Failed).1, Action::Answer(Answer::Error));
    }
}
