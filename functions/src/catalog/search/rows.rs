//! What the search table holds: a row a term and product, a state a product, a size a term.

use super::terms::{Class, terms};
use crate::{catalog::products::Product, env, ids::ProductId};
use serde::{Deserialize, Serialize};
use shared::{
    table::{Item, Key, TableSpec},
    version::{Version, Versioned},
};
use std::collections::BTreeSet;

/// A product under one of its terms, with all that a list shows of it: a page is one query.
///
/// The sort key is the rank: class, then the newest first. A product's id begins with the millisecond at which it was
/// made (UUID v7), and what is left of 48 bits after it sorts the other way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pk: String,
    sk: String,
    /// The product's id.
    pub id: ProductId,
    /// What it is called.
    pub name: String,
    /// Where it stands in the shop.
    pub category: String,
    /// What it costs, in cents.
    pub price_cents: u64,
    /// The version of the product that this is from.
    pub version: Version,
    /// How terms were made when it was written; zero before that was noted.
    #[serde(default)]
    schema: u16,
}

impl Row {
    /// Whether it stands under the terms of an earlier schema.
    pub(super) fn is_outdated(&self) -> bool {
        self.schema < SCHEMA
    }

    /// The rows of a product.
    pub fn all_of(product: &Product) -> Vec<Self> {
        let all = terms(&product.name, &product.category).into_iter();
        all.map(|(term, class)| {
            let Place(pk, sk) = Place::new(&term, class, product.id);
            let (name, category) = (product.name.clone(), product.category.clone());
            Self {
                pk,
                sk,
                id: product.id,
                name,
                category,
                price_cents: product.price_cents,
                version: product.version,
                schema: SCHEMA,
            }
        })
        .collect()
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place(self.pk.clone(), self.sk.clone())
    }

    /// Its rank and its product: what a page goes on after.
    pub fn rank(&self) -> &str {
        &self.sk
    }
}

/// Where a row stands: its term, its rank.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(String, String);

impl Place {
    fn new(term: &str, class: Class, id: ProductId) -> Self {
        let (millis, _) = id.0.as_u64_pair();
        let newest_first = !millis >> 16;
        Self(partition(term), format!("{}{newest_first:012x}#{id}", class.digit()))
    }

    /// The term.
    pub fn term(&self) -> &str {
        self.0.strip_prefix(TERM).unwrap_or_default()
    }

    /// Class and term in one word: all that a state must remember of a row.
    fn short(&self) -> String {
        let class = self.1.chars().next().unwrap_or_default();
        format!("{class}{}", self.term())
    }
}

const TERM: &str = "term#";

/// Sorts before every rank.
pub(super) const RANK_START: &str = "0";

/// The partition key of a term.
pub(super) fn partition(term: &str) -> String {
    format!("{TERM}{term}")
}

impl Versioned for Row {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Row {
    const TABLE: TableSpec = TableSpec::new(env::SEARCH_TABLE);
    type Key = Place;

    fn key_of(place: &Place) -> Key {
        Key::sorted(&place.0, &place.1)
    }

    fn key(&self) -> Key {
        Key::sorted(&self.pk, &self.sk)
    }
}

/// Which rows a product has: how they are found again without a scan, and the lock under which they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Whose.
    pub id: ProductId,
    /// The version of the product that the rows are from; zero when there is no product any more.
    pub of: Version,
    /// How terms were made when they were written.
    pub schema: u16,
    /// Whether they all are written, and the ones before all gone.
    pub done: bool,
    /// Every row that there may be: class and term.
    pub(super) rows: BTreeSet<String>,
    /// How often this was written.
    pub version: Version,
}

/// Count it up with any change to how terms are made: what was indexed before is then written again when its product's
/// next event comes.
pub(super) const SCHEMA: u16 = 2;

impl State {
    /// The state of a product whose rows are `places`.
    pub fn new<'a>(id: ProductId, of: Version, places: impl IntoIterator<Item = &'a Place>) -> Self {
        let rows = places.into_iter().map(Place::short).collect();
        Self { id, of, schema: SCHEMA, done: true, rows, version: Version::FIRST }
    }

    /// The rows that there may be.
    pub fn places(&self) -> BTreeSet<Place> {
        let all = self.rows.iter().filter_map(|row| {
            let mut letters = row.chars();
            let class = match letters.next()? {
                '0' => Class::Word,
                '1' => Class::Prefix,
                _ => Class::Category,
            };
            Some(Place::new(letters.as_str(), class, self.id))
        });
        all.collect()
    }
}

impl Versioned for State {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for State {
    const TABLE: TableSpec = Row::TABLE;
    type Key = ProductId;

    fn key_of(id: &ProductId) -> Key {
        Key::sorted(format!("product#{id}"), "terms")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.id)
    }
}

/// About how many rows a term has: counted now and then, by who trims it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// The term.
    pub term: String,
    /// So many when it was counted.
    pub rows: usize,
    /// Always the first: the last count stands.
    pub version: Version,
}

impl Versioned for Size {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Size {
    const TABLE: TableSpec = Row::TABLE;
    type Key = String;

    fn key_of(term: &String) -> Key {
        Key::sorted(format!("size#{term}"), "rows")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.term)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_finds_the_rows_that_it_was_made_of() {
        let id = ProductId::generate();
        let all = terms("Ωmega Tea Teapot 4K", "tea");
        let places: BTreeSet<_> = all.iter().map(|(term, class)| Place::new(term, *class, id)).collect();
        assert_eq!(State::new(id, Version::FIRST, &places).places(), places);
    }

    #[test]
    fn a_better_class_comes_first_and_then_the_newer_product() {
        let at = |millis: u64| ProductId(uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid());
        let (old, new) = (at(1_700_000_000_000), at(1_700_000_000_001));
        let mut places = [(Class::Prefix, new), (Class::Word, old), (Class::Category, new), (Class::Word, new)]
            .map(|(class, id)| Place::new("te", class, id));
        places.sort();
        let order = [(Class::Word, new), (Class::Word, old), (Class::Prefix, new), (Class::Category, new)];
        assert_eq!(places, order.map(|(class, id)| Place::new("te", class, id)));
    }
}
