//! The version of an item: the one order that this system trusts.
//!
//! Every item carries a version that grows by one with each change, and an update is conditional on
//! it. Queues reorder, caches race and streams repeat; comparing versions settles all three. A
//! deleted item leaves a tombstone that carries the next version, so that a late writer cannot
//! bring it back.

use serde::{Deserialize, Serialize};
use std::{fmt, sync::Mutex};

/// The version of an item: 1 when it is created, and one more with each change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "lambda", derive(schemars::JsonSchema), schemars(example = 7))]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version of a new item.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a writer expects of the item that it writes. Nothing, unless it says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// The item is there, at one of these versions.
    pub is: Option<Which>,
    /// The item is not there, or at none of these versions.
    pub is_not: Option<Which>,
}

/// Versions of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Every one.
    Any,
    /// These.
    OneOf(Vec<Version>),
}

impl Which {
    fn has(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

impl Expected {
    /// Whether an item at this version, or none, is what the writer expects.
    pub fn fits(&self, current: Option<Version>) -> bool {
        let among = |which: &Which| current.is_some_and(|version| which.has(version));
        self.is.as_ref().is_none_or(among) && !self.is_not.as_ref().is_some_and(among)
    }
}

/// How a read is answered.
///
/// Source: "DynamoDB read consistency", AWS documentation (`HowItWorks.ReadConsistency.html`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consistency {
    /// From any replica, at half the price: it may lack the writes of the last moments. When the
    /// answer is older than what the client has seen, it is read again, [`Strong`](Self::Strong).
    Eventual,
    /// With every write that was acknowledged before. Indexes never answer so.
    Strong,
}

impl Consistency {
    /// Whether it is [`Strong`](Self::Strong).
    pub fn is_strong(self) -> bool {
        self == Self::Strong
    }
}

/// A value that knows its version.
pub trait Versioned {
    /// The version that this value was read at.
    fn version(&self) -> Version;
}

/// The versions that a client is known to have seen, by entity (`user#42`). A read must not answer
/// with an older one.
///
/// A request notes a handful; they are kept in the order in which they were last noted.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Vec<(String, Version)>>);

impl Seen {
    /// Notes that the client saw `version` of `entity`; an older note is replaced, a newer one
    /// stays.
    pub fn note(&self, entity: &str, version: Version) {
        let mut list = self.lock();
        let (name, known) = match list.iter().position(|(name, _)| name == entity) {
            Some(at) => list.remove(at),
            None => (entity.to_owned(), version),
        };
        list.push((name, known.max(version)));
    }

    /// The least version of `entity` that the client accepts: zero when it has seen none.
    pub fn least(&self, entity: &str) -> Version {
        self.lock().iter().find(|(name, _)| name == entity).map_or(Version(0), |(_, version)| *version)
    }

    /// Whether the client has seen nothing that we know of, as most have not.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// All of it, by entity, what was noted last at the end.
    pub fn all(&self) -> Vec<(String, Version)> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(String, Version)>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_never_goes_back() {
        let seen = Seen::default();
        assert_eq!(seen.least("user#1"), Version(0));
        seen.note("user#1", Version(7));
        seen.note("user#1", Version(3));
        assert_eq!(seen.least("user#1"), Version(7));
    }

    #[test]
    fn what_was_noted_last_is_at_the_end() {
        let seen = Seen::default();
        for (entity, version) in [("a", 1), ("b", 1), ("a", 2)] {
            seen.note(entity, Version(version));
        }
        assert_eq!(seen.all(), [("b".to_owned(), Version(1)), ("a".to_owned(), Version(2))]);
    }
}
