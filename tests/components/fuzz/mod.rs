//! Thousands of inputs as an attacker could send them: random bytes, and valid values with one byte
//! changed. Nothing panics, a changed value is never taken for the original, and no guess opens a
//! session.
//!
//! `PROPTEST_CASES` sets the number of cases: eight times as many are tried, 2,048 when it is not
//! set.

mod bodies;
mod events;
mod guesses;
mod signed;
mod spelling;
mod texts;

use proptest::{prelude::*, sample::Index, test_runner::Config};

/// How many cases a property is tried with.
fn many() -> Config {
    let usual = Config::default();
    Config { cases: usual.cases.saturating_mul(8), ..usual }
}

/// One small change.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, u8),
    Insert(Index, u8),
    Drop(Index),
    Cut(Index),
    Repeat(Index),
}

fn changes() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    // Half of them stay among what texts are made of: others fail at the first look.
    let byte = || prop_oneof![any::<u8>(), (b' '..=b'~')];
    prop_oneof![
        4 => (place(), byte()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        2 => (place(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        1 => place().prop_map(Change::Drop),
        1 => place().prop_map(Change::Cut),
        1 => place().prop_map(Change::Repeat),
    ]
}

/// `bytes`, of which there are some, with the change.
fn changed(bytes: &[u8], change: &Change) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = |at: &Index| at.index(bytes.len());
    match change {
        Change::Replace(at, byte) => {
            let at = place(at);
            bytes[at] = *byte;
        }
        Change::Insert(at, byte) => bytes.insert(place(at), *byte),
        Change::Drop(at) => drop(bytes.remove(place(at))),
        Change::Cut(at) => bytes.truncate(place(at)),
        Change::Repeat(at) => bytes.extend_from_within(place(at)..),
    }
    bytes
}

/// The same for a text that is read as text.
fn respelt(text: &str, change: &Change) -> String {
    String::from_utf8_lossy(&changed(text.as_bytes(), change)).into_owned()
}
