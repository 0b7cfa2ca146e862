//! Keys that determine the type of their value.

use super::Policy;
use crate::version::Versioned;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Write;

/// A key, bound to the type of its value, so that no entry is read as another type.
///
/// ```
/// # use shared::{cache::{CacheKey, Policy}, version::{Version, Versioned}};
/// # use std::time::Duration;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize)] struct Article { version: Version }
/// # impl Versioned for Article { fn version(&self) -> Version { self.version } }
/// struct ArticleKey(u64);
///
/// impl CacheKey for ArticleKey {
///     type Value = Article;
///     const SCHEMA: u16 = 1;
///     const POLICY: Policy = Policy::new(Duration::from_secs(60));
///     fn entity(&self) -> String { format!("{{article:{}}}", self.0) }
/// }
/// ```
pub trait CacheKey: Sync {
    /// The type of the value.
    type Value: Versioned + Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// The version of the value's format. Increase it with any change to the type: entries of
    /// another schema are never read. A write under one schema also deletes the entries of the
    /// schemas before and after, because both are in use during a deploy.
    const SCHEMA: u16;

    /// How long an entry is good.
    const POLICY: Policy;

    /// The name of the value in the header `Degraded` when an old one is served. If it is empty,
    /// the entity's kind is used: `article`.
    const KIND: &'static str = "";

    /// The thing that the value is about, in braces: `{article:42}`. The braces make it a hash tag:
    /// all keys of one entity are in one slot of a cluster, where one script can change them. A
    /// value that is made from many things, such as a list, has a [`PageKey`](super::PageKey)
    /// instead.
    fn entity(&self) -> String;

    /// Which view of the entity this is, when there are several: `me`. Empty for the entity itself.
    fn part(&self) -> &'static str {
        ""
    }

    /// The entity's name among the versions that a client has seen: `article#42`, the partition key
    /// of its table.
    fn item(&self) -> String {
        self.entity().trim_matches(['{', '}']).replacen(':', "#", 1)
    }
}

/// The name of a key's entry in L2.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// `{article:42}:part:v3`. It is one string, made once a read, because it is most of the cost
    /// of a hit in memory.
    entry: String,
    /// The length of the part before the schema.
    base: usize,
    schema: u16,
}

impl Name {
    /// The name of `key`.
    pub fn of<K: CacheKey>(key: &K) -> Self {
        Self::new(key.entity(), key.part(), K::SCHEMA)
    }

    fn new(entity: String, part: &str, schema: u16) -> Self {
        let mut entry = entity;
        entry.reserve(part.len() + 8);
        if !part.is_empty() {
            entry.push(':');
            entry.push_str(part);
        }
        let base = entry.len();
        // Writing to a string cannot fail.
        let _ = write!(entry, ":v{schema}");
        Self { entry, base, schema }
    }

    /// The hash tag with its braces; the whole name if it has none.
    pub(super) fn tag(&self) -> &str {
        let base = &self.entry[..self.base];
        let tag = base.find('{').and_then(|from| Some(&base[from..=from + base[from..].find('}')?]));
        tag.unwrap_or(base)
    }

    pub(super) fn entry(&self) -> &str {
        &self.entry
    }

    /// The kind of its entity: `article` of `{article:42}`.
    pub(super) fn kind(&self) -> &str {
        let tag = self.tag().trim_matches(['{', '}']);
        tag.split_once(':').map_or(tag, |(kind, _)| kind)
    }

    /// The key of the turn: whoever holds it loads the entry.
    pub(super) fn turn(&self) -> String {
        format!("{}:turn", self.entry)
    }

    /// The key of the fence, under which fills are accepted.
    pub(super) fn fence(&self) -> String {
        fence(&self.entry)
    }

    /// Everything that is deleted together with the entry: its turn and its fence, and entry and
    /// fence of the schemas before and after.
    pub(super) fn company(&self) -> [String; 6] {
        let beside = |schema: u16| format!("{}:v{schema}", &self.entry[..self.base]);
        let (before, after) = (beside(self.schema.wrapping_sub(1)), beside(self.schema.wrapping_add(1)));
        [self.turn(), self.fence(), fence(&before), fence(&after), before, after]
    }
}

fn fence(entry: &str) -> String {
    format!("{entry}:fence")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_of_an_entity_share_its_hash_tag() {
        let name = Name::new("{user:42}".to_owned(), "me", 3);
        assert_eq!(name.tag(), "{user:42}");
        assert_eq!((name.kind(), name.entry()), ("user", "{user:42}:me:v3"));
        assert!(name.company().iter().all(|key| key.starts_with("{user:42}:me:v")));
        let untagged = Name::new("untagged".to_owned(), "", 0);
        assert_eq!((untagged.tag(), untagged.kind()), ("untagged", "untagged"));
    }
}
