//! The items of the search table: a row for each term of a product, a state for each product, and
//! a size for each term.

use super::terms::{Class, terms};
use crate::{catalog::products::Product, env, ids::ProductId};
use serde::{Deserialize, Serialize};
use shared::{
    table::{Item, Key, TableSpec},
    version::{Version, Versioned},
};
use std::collections::BTreeSet;

/// A product under one of its terms. It holds everything that a list shows, so that a page is one
/// query.
///
/// The sort key is the rank: the class, then the newest product first. A product's id begins with
/// 48 bits of its creation time (UUID v7); their complement sorts the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermRow {
    pk: String,
    sk: String,
    /// The id of the product.
    pub id: ProductId,
    /// The name of the product.
    pub name: String,
    /// The category of the product.
    pub category: String,
    /// The price in cents.
    pub price_cents: u64,
    /// The version of the product from which the row was made.
    pub version: Version,
    /// The `SCHEMA` by which the row was made; zero for rows that are older than this field.
    #[serde(default)]
    schema: u16,
}

impl TermRow {
    /// Whether the row was made by an earlier schema.
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

    /// The place of the row.
    pub fn place(&self) -> Place {
        Place(self.pk.clone(), self.sk.clone())
    }

    /// The sort key: the rank and the product. The next page goes on after it.
    pub fn rank(&self) -> &str {
        &self.sk
    }
}

/// The key of a row: its term and its rank.
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

    /// The class and the term in one word: all that a state has to remember of a row.
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

impl Versioned for TermRow {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for TermRow {
    const TABLE: TableSpec = TableSpec::new(env::SEARCH_TABLE);
    type Key = Place;

    fn key_of(place: &Place) -> Key {
        Key::sorted(&place.0, &place.1)
    }

    fn key(&self) -> Key {
        Key::sorted(&self.pk, &self.sk)
    }
}

/// Which rows a product has, so that we find them without a scan. It is also the lock under which
/// they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexState {
    /// The id of the product.
    pub id: ProductId,
    /// The version of the product from which the rows were made; zero when the product is gone.
    pub of: Version,
    /// The `SCHEMA` by which the rows were made.
    pub schema: u16,
    /// Whether all rows are written and all earlier rows are deleted.
    pub done: bool,
    /// The class and term of every row that may exist.
    pub(super) rows: BTreeSet<String>,
    /// The number of the latest write.
    pub version: Version,
}

/// Raise it with every change to how terms are made: then each product is indexed anew at its next
/// event.
pub(super) const SCHEMA: u16 = 2;

impl IndexState {
    /// The state of a product whose rows are `places`.
    pub fn new<'a>(id: ProductId, of: Version, places: impl IntoIterator<Item = &'a Place>) -> Self {
        let rows = places.into_iter().map(Place::short).collect();
        Self { id, of, schema: SCHEMA, done: true, rows, version: Version::FIRST }
    }

    /// The places of the rows that may exist.
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

impl Versioned for IndexState {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for IndexState {
    const TABLE: TableSpec = TermRow::TABLE;
    type Key = ProductId;

    fn key_of(id: &ProductId) -> Key {
        Key::sorted(format!("product#{id}"), "terms")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.id)
    }
}

/// About how many rows a term has; counted whenever the term is trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermSize {
    /// The term.
    pub term: String,
    /// The number of rows at the last count.
    pub rows: usize,
    /// Always the first: a later count overwrites an earlier one.
    pub version: Version,
}

impl Versioned for TermSize {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for TermSize {
    const TABLE: TableSpec = TermRow::TABLE;
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
        assert_eq!(IndexState::new(id, Version::FIRST, &places).places(), places);
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
