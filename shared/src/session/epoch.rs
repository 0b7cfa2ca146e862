//! A person's epoch: a counter that ends all of their sessions at once.
//!
//! A session carries the epoch in which it began. Raising the epoch ends every session of the
//! person with one write. That write can be part of a transaction, together with the new password
//! or with the end of the account. Two counters are compared, and never two clocks.
//!
//! A person without a row is in epoch 0. The row stays for as long as the account's own row does.

use super::{Session, Subject, record::partition};
use crate::{
    table::{Condition, Item, Key, TableSpec},
    version::{Version, Versioned},
};
use serde::{Deserialize, Serialize};

/// The row that holds a person's epoch. The epoch is the row's version.
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
    const TABLE: TableSpec = Session::TABLE;
    type Key = Subject;

    fn key_of(subject: &Subject) -> Key {
        Key::sorted(partition(*subject), "epoch")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.subject)
    }

    /// No client needs to see its own epoch, so it has no entity.
    fn entity_of(_: &Subject) -> String {
        String::new()
    }

    fn entity(&self) -> String {
        String::new()
    }
}

/// The end of all sessions that a person has at this moment. It is not written yet:
/// [`Sessions::ending_all`](super::Sessions::ending_all) makes it part of a transaction.
#[derive(Debug, Clone)]
#[must_use = "nothing has ended yet"]
pub struct EndAll {
    pub(super) next: Epoch,
}

impl EndAll {
    pub(super) fn after(subject: Subject, epoch: Version) -> Self {
        Self { next: Epoch { subject, version: epoch.next() } }
    }

    /// The condition that the epoch has not been raised since it was read.
    pub(super) fn condition(&self) -> Condition {
        match self.next.version {
            Version::FIRST => Condition::Absent,
            Version(next) => Condition::At(Version(next - 1)),
        }
    }
}
