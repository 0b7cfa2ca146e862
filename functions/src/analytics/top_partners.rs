//! The list of a product's most frequent partners: the products that are bought with it.

use crate::ids::ProductId;
use serde::{Deserialize, Serialize};
use shared::{
    table::{Counters, Item, Key, TableSpec},
    version::{Version, Versioned},
};
use std::{cmp::Reverse, collections::BTreeMap};

/// How many partners a list has.
pub const TOP: usize = 10;

/// A partner of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// The partner.
    pub product_id: ProductId,
    /// In how many orders both were.
    pub orders: i64,
}

/// The most frequent partners of a product, the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopPartners {
    /// The product.
    pub product_id: ProductId,
    /// The partners.
    pub partners: Vec<Partner>,
    /// The number of the latest write.
    pub version: Version,
}

impl TopPartners {
    /// The list after new counts of some partners; `None` if they change nothing. Counts only grow,
    /// so the greater of two counts is the later one.
    pub(super) fn with(&self, news: &[Partner]) -> Option<Self> {
        let mut orders: BTreeMap<_, _> = self.partners.iter().map(|p| (p.product_id, p.orders)).collect();
        for partner in news {
            let known = orders.entry(partner.product_id).or_default();
            *known = partner.orders.max(*known);
        }
        let mut partners: Vec<_> =
            orders.into_iter().map(|(product_id, orders)| Partner { product_id, orders }).collect();
        partners.sort_by_key(|p| (Reverse(p.orders), p.product_id));
        partners.truncate(TOP);
        let changed = partners != self.partners;
        changed.then(|| Self { product_id: self.product_id, partners, version: self.version.next() })
    }
}

impl Versioned for TopPartners {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for TopPartners {
    const TABLE: TableSpec = Counters::TABLE;
    type Key = ProductId;

    fn key_of(id: &ProductId) -> Key {
        Key::sorted(format!("together#{id}"), "top")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.product_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(n: u128) -> ProductId {
        ProductId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_list_that_is_kept_piece_by_piece_is_the_top_of_all() {
        let mut all = BTreeMap::<u128, i64>::new();
        let mut list = TopPartners { product_id: product(0), partners: vec![], version: Version(0) };
        for step in 0_u128..3_000 {
            // Some partners come often, most seldom, and ties are many.
            let partner = 1 + (step * step + step / 7) % (1 + step % 61);
            let orders = all.entry(partner).and_modify(|n| *n += 1).or_insert(1);
            list = list.with(&[Partner { product_id: product(partner), orders: *orders }]).unwrap_or(list);
            let mut wanted: Vec<_> = all.iter().map(|(n, orders)| (Reverse(*orders), product(*n))).collect();
            wanted.sort_unstable();
            let kept: Vec<_> = list.partners.iter().map(|p| (Reverse(p.orders), p.product_id)).collect();
            assert_eq!(kept, wanted[..wanted.len().min(TOP)], "after {step} orders");
        }
    }

    #[test]
    fn an_older_count_that_comes_late_changes_nothing() {
        let list = TopPartners { product_id: product(0), partners: vec![], version: Version(0) };
        let of = |orders| [Partner { product_id: product(1), orders }];
        let list = list.with(&of(5)).unwrap();
        assert_eq!(list.version, Version(1));
        assert_eq!(list.with(&of(4)), None);
        assert_eq!(list.with(&of(5)), None);
        assert_eq!(list.with(&of(6)).unwrap().version, Version(2));
    }
}
