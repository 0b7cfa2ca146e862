//! The epoch of a person: a counter by which all of their sessions end at once.
//!
//! A session carries the epoch in which it began. Whoever raises the epoch ends every session of
//! the person with one write, which can be part of a transaction: with the new password, or with
//! the end of the account. Two counters are compared, and never two clocks.
//!
//! A person without a row is in epoch 0. The row stays for as long as the account's own row does.

use super::{Subject, record::partition};
use crate::{
    table::{Condition, Item, Key},
    version::{Version, Versioned},
};
use serde::{Deserialize, Serialize};

/// The row that holds a person's epoch, which is the row's version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch {
    pub(super) subject: Subject,
    pub(super) version: Version,
}

impl Versioned for Epoch {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Epoch {
    type Key = Subject;

    fn key_of(subject: &Subject) -> Key {
        Key::sorted(partition(*subject), "epoch")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.subject)
    }

    /// None: no client waits to see it.
    fn entity_of(_: &Subject) -> String {
        String::new()
    }

    fn entity(&self) -> String {
        String::new()
    }
}

/// The end of all sessions that a person has at this moment, not written yet:
/// [`Sessions::ending_all`](super::Sessions::ending_all) puts it into a transaction.
#[derive(Debug, Clone)]
#[must_use = "nothing has ended yet"]
pub struct EndAll {
    pub(super) next: Epoch,
}

impl EndAll {
    pub(super) fn after(subject: Subject, epoch: Version) -> Self {
        Self { next: Epoch { subject, version: epoch.next() } }
    }

    /// That nobody has raised the epoch since it was read.
    pub(super) fn condition(&self) -> Condition {
        match self.next.version {
            Version::FIRST => Condition::Absent,
            Version(next) => Condition::At(Version(next - 1)),
        }
    }
}
