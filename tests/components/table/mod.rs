//! The table layer against a DynamoDB in this process.

mod batches;
mod conflicts;
mod costs;
mod counting;
mod cursors;
mod failures;
mod frozen_connections;
mod hot_keys;
mod listings;
mod no_scan;
mod outages;
mod queries;
mod reads;
mod slow;

use serde::{Deserialize, Serialize};
use shared::{
    clock::Clock,
    context::Cx,
    env::Var,
    table::{Attribute, Item, Key, Listing, Shards, TableSpec},
    version::{Version, Versioned},
};
use std::time::Duration;

/// An item that is listed, in all and by colour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Thing {
    id: String,
    color: String,
    text: String,
    deleted: bool,
    version: Version,
}

impl Thing {
    fn new(number: usize) -> Self {
        Self {
            id: format!("{number:08}"),
            color: ["red", "green", "blue"][number % 3].to_owned(),
            text: String::new(),
            deleted: false,
            version: Version::FIRST,
        }
    }

    fn next(&self, text: impl Into<String>) -> Self {
        Self { text: text.into(), version: self.version.next(), ..self.clone() }
    }

    fn tombstone(&self) -> Self {
        Self { deleted: true, ..self.next("") }
    }
}

impl Versioned for Thing {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Thing {
    const TABLE: TableSpec = TableSpec::new(&Var::required("TESTS_TABLE"));
    type Key = String;

    fn key_of(id: &String) -> Key {
        Key::simple(format!("thing#{id}"))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.id)
    }

    fn attributes(&self, shards: Shards) -> Vec<(&'static str, Attribute)> {
        if self.deleted {
            return Vec::new();
        }
        vec![
            ("listing_shard", Attribute::Text(shards.key("all", &self.id))),
            ("category_shard", Attribute::Text(shards.key(&self.color, &self.id))),
        ]
    }
}

fn all() -> Listing {
    Listing::new("listing", "listing_shard", "all")
}

fn of_color(color: &str) -> Listing {
    Listing::new("by_category", "category_shard", color)
}

/// An item in the partition of its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    owner: String,
    number: u32,
    version: Version,
}

impl Note {
    fn new(owner: &str, number: u32) -> Self {
        Self { owner: owner.to_owned(), number, version: Version::FIRST }
    }
}

impl Versioned for Note {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Note {
    const TABLE: TableSpec = TableSpec::new(&Var::required("TESTS_TABLE"));
    type Key = (String, u32);

    fn key_of((owner, number): &(String, u32)) -> Key {
        Key::sorted(format!("user#{owner}"), format!("note#{number:04}"))
    }

    fn key(&self) -> Key {
        Self::key_of(&(self.owner.clone(), self.number))
    }
}

/// A request that has time, however slow the machine.
fn patient() -> Cx {
    Cx::new(Clock::system(), "test", Duration::from_mins(2))
}

fn shards(text: &str) -> Shards {
    text.parse().unwrap()
}
