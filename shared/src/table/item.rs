//! What an item's type declares: its table, its keys, its version, and the attributes that are not
//! its fields.

use super::{Shards, TableSpec};
use crate::version::{Version, Versioned};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

/// The attributes of one item, by name.
pub(super) type Attributes = HashMap<String, AttributeValue>;

pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";
pub(super) const VERSION: &str = "version";

/// A primary key: the attributes `pk` and, in a table that has a sort key, `sk`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The partition key.
    pub pk: String,
    /// The sort key, of a table that has one.
    pub sk: Option<String>,
}

impl Key {
    /// The key of a table without a sort key.
    pub fn simple(pk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: None }
    }

    /// A partition key and a sort key.
    pub fn sorted(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: Some(sk.into()) }
    }

    /// The name of the item in [`Seen`](crate::version::Seen): `pk`, or `pk/sk`.
    pub fn entity(&self) -> String {
        match &self.sk {
            Some(sk) => format!("{}/{sk}", self.pk),
            None => self.pk.clone(),
        }
    }

    pub(super) fn attributes(&self) -> Attributes {
        let pk = (PK.to_owned(), AttributeValue::S(self.pk.clone()));
        let sk = self.sk.as_ref().map(|sk| (SK.to_owned(), AttributeValue::S(sk.clone())));
        std::iter::once(pk).chain(sk).collect()
    }

    pub(super) fn from_attributes(attributes: &Attributes) -> Option<Self> {
        let pk = attributes.get(PK)?.as_s().ok()?.clone();
        let sk = attributes.get(SK).and_then(|sk| sk.as_s().ok()).cloned();
        Some(Self { pk, sk })
    }
}

/// The value of an attribute that is not a field of the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// A string: the partition key of an index.
    Text(String),
    /// A number: the second at which a TTL attribute expires.
    Number(i64),
}

impl From<Attribute> for AttributeValue {
    fn from(attribute: Attribute) -> Self {
        match attribute {
            Attribute::Text(text) => Self::S(text),
            Attribute::Number(number) => Self::N(number.to_string()),
        }
    }
}

/// A value that lives in a [`Table`](super::Table).
///
/// The fields of the struct are the attributes of the item (serde names them). The item also has
/// `pk`, `sk`, `version` and what [`attributes`](Self::attributes) adds; these replace a field of
/// the same name. A struct must ignore attributes that it does not know, so that a newer release
/// may add one.
pub trait Item: Versioned + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The table that stores the item. All types of items in one table must name the same.
    const TABLE: TableSpec;

    /// How the program names the item: by an id, or by an owner and an id.
    type Key: Sync;

    /// The primary key of the item that `key` names.
    fn key_of(key: &Self::Key) -> Key;

    /// The primary key of this item.
    fn key(&self) -> Key;

    /// The name under which a client's token remembers the item's version.
    fn entity_of(key: &Self::Key) -> String {
        Self::key_of(key).entity()
    }

    /// [`entity_of`](Self::entity_of) this item.
    fn entity(&self) -> String {
        self.key().entity()
    }

    /// The attributes that are not fields: the partition keys of indexes ([`Shards::key`]) and the
    /// TTL attribute. A tombstone has no index keys, so no listing shows it.
    fn attributes(&self, shards: Shards) -> Vec<(&'static str, Attribute)> {
        let _ = shards;
        Vec::new()
    }
}

/// The version in `attributes`.
pub(super) fn version_of(attributes: &Attributes) -> Option<Version> {
    attributes.get(VERSION)?.as_n().ok()?.parse().ok().map(Version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Var;
    use crate::table::coding::{from_attributes, to_attributes};
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        id: String,
        version: Version,
        text: Option<String>,
    }

    impl Versioned for Note {
        fn version(&self) -> Version {
            self.version
        }
    }

    impl Item for Note {
        const TABLE: TableSpec = TableSpec::new(&Var::required("NOTES_TABLE"));
        type Key = String;
        fn key_of(key: &String) -> Key {
            Key::simple(format!("note#{key}"))
        }
        fn key(&self) -> Key {
            Self::key_of(&self.id)
        }
        fn attributes(&self, shards: Shards) -> Vec<(&'static str, Attribute)> {
            vec![("listing_shard", Attribute::Text(shards.key("all", &self.id))), ("expires_at", Attribute::Number(7))]
        }
    }

    #[test]
    fn an_item_comes_back_as_it_went_and_ignores_what_it_does_not_know() {
        let note = Note { id: "1".to_owned(), version: Version(3), text: None };
        let mut stored = to_attributes(&note, Shards::ONE).unwrap();
        assert_eq!(stored["pk"], AttributeValue::S("note#1".to_owned()));
        assert_eq!(stored["listing_shard"], AttributeValue::S("all#0".to_owned()));
        assert_eq!(stored["expires_at"], AttributeValue::N("7".to_owned()));
        assert_eq!(stored["version"], AttributeValue::N("3".to_owned()));
        stored.insert("added_later".to_owned(), AttributeValue::Bool(true));
        assert_eq!(Key::from_attributes(&stored), Some(note.key()));
        assert_eq!(from_attributes::<Note>(stored).unwrap(), note);
    }
}
