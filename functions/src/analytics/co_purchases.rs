//! What is bought together: how often two products were in one order, and the partners that each product has most often.
//!
//! A pair is one counter, whichever of the two one asks about, sharded like all counters and added to with the record of its
//! order: exact. Who shows a product cannot add up its pairs, of which a viral product has thousands. So each product has one
//! item with its [`TOP`] partners, which a reader gets with one key and the worker keeps:
//!
//! * After a batch is counted, the pairs in it are summed up as they are now, and put into the lists of both products. The work
//!   is bounded by the batch and not by how many partners a product has.
//! * That is exact, not an estimate: counts only grow, so whoever is not in a list stays behind those who are until an order
//!   raises its own count, and then it is looked at.
//! * A list is changed on condition of its version, and of two counts of a partner the greater is the later. So it matters
//!   neither who comes first nor whether the same batch comes again, which it does if its worker dies in between.

use crate::{events::OrderPlaced, ids::ProductId};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    resilience::Backoff,
    table::{Adds, Condition, Consistency, Counters, Item, Key, Table, TableError, TableSpec, Write},
    version::{Version, Versioned},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How many lines of an order are paired: 8 make 28 pairs, 50 would make 1,225.
pub const LINES: usize = 8;
/// How many partners a list has.
pub const TOP: usize = 10;

const METRIC: &str = "together";
/// How often a list that others are changing is tried.
const ROUNDS: usize = 6;

/// Two products, the smaller id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair(ProductId, ProductId);

impl Pair {
    /// Both.
    pub fn products(self) -> [ProductId; 2] {
        [self.0, self.1]
    }
}

/// The pairs of an order's first [`LINES`] lines.
pub fn pairs(order: &OrderPlaced) -> BTreeSet<Pair> {
    let products: BTreeSet<_> = order.items.iter().take(LINES).map(|line| line.product_id).collect();
    let pair = |&a| products.range(a..).skip(1).map(move |&b| Pair(a, b));
    products.iter().flat_map(pair).collect()
}

/// A partner, and in how many orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Which product.
    pub product_id: ProductId,
    /// How often both were in one order.
    pub orders: i64,
}

/// The partners that a product has most often, the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top {
    /// Whose.
    pub product_id: ProductId,
    /// The partners.
    pub partners: Vec<Partner>,
    /// How often it was written.
    pub version: Version,
}

impl Top {
    /// This list with what is known of some partners now; `None` if that changes nothing.
    fn with(&self, news: &[Partner]) -> Option<Self> {
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

impl Versioned for Top {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Top {
    const TABLE: TableSpec = Counters::TABLE;
    type Key = ProductId;

    fn key_of(id: &ProductId) -> Key {
        Key::sorted(format!("together#{id}"), "top")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.product_id)
    }
}

/// The counters of pairs, and the lists.
pub struct Together {
    counters: Counters,
    lists: Table<Top>,
}

impl FromApp for Together {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { counters: Counters::from_app(app).await?, lists: app.table()? })
    }
}

impl Together {
    /// What these orders add, as writes of the transaction that marks them as counted: one a pair.
    pub fn counting<'a>(&self, orders: impl IntoIterator<Item = &'a OrderPlaced>) -> Vec<Write> {
        let mut adds = Adds::default();
        for Pair(a, b) in orders.into_iter().flat_map(pairs) {
            adds.add(METRIC, &a.to_string(), &b.to_string(), 1);
        }
        self.counters.adding(&adds)
    }

    /// In how many orders these pairs were, as far as they are counted.
    pub async fn orders(&self, cx: &Cx, pairs: &[Pair]) -> Result<Vec<i64>, TableError> {
        let names: Vec<_> = pairs.iter().map(|Pair(a, b)| (a.to_string(), b.to_string())).collect();
        let names: Vec<_> = names.iter().map(|(a, b)| (METRIC, a.as_str(), b.as_str())).collect();
        self.counters.sums(cx, &names, Consistency::Strong).await
    }

    /// Brings the lists of both products of each pair up to date, and names those whose lists others kept changing.
    pub async fn refresh(&self, cx: &Cx, pairs: &BTreeSet<Pair>) -> Result<BTreeSet<ProductId>, TableError> {
        let pairs: Vec<_> = pairs.iter().copied().collect();
        let mut news = BTreeMap::<ProductId, Vec<Partner>>::new();
        for (Pair(a, b), orders) in pairs.iter().zip(self.orders(cx, &pairs).await?) {
            news.entry(*a).or_default().push(Partner { product_id: *b, orders });
            news.entry(*b).or_default().push(Partner { product_id: *a, orders });
        }
        let mut behind: BTreeSet<_> = news.keys().copied().collect();
        let mut pauses = Backoff::new(Duration::from_millis(5), Duration::from_millis(200));
        for round in 0..ROUNDS {
            if round > 0 {
                pauses.wait(cx.time_left()).await;
            }
            let ids: Vec<_> = behind.iter().copied().collect();
            let lists = self.lists.get_many(cx, &ids, Consistency::Strong).await?;
            let writes = ids.iter().zip(lists).filter_map(|(&id, list)| {
                let list = list.unwrap_or_else(|| Top { product_id: id, partners: vec![], version: Version(0) });
                list.with(&news[&id])
            });
            let overtaken: Result<Vec<_>, _> =
                join_all(writes.map(|next| self.write(cx, next))).await.into_iter().collect();
            behind = overtaken?.into_iter().flatten().collect();
            if behind.is_empty() {
                break;
            }
        }
        Ok(behind)
    }

    /// Writes a list; whose it is, if somebody else was faster.
    async fn write(&self, cx: &Cx, next: Top) -> Result<Option<ProductId>, TableError> {
        let before = Version(next.version.0 - 1);
        let condition = if before == Version(0) { Condition::Absent } else { Condition::At(before) };
        match self.lists.put(cx, &next, &condition).await {
            Ok(()) => Ok(None),
            Err(TableError::Conflict { .. }) => Ok(Some(next.product_id)),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{OrderId, UserId},
        orders::OrderLine,
    };
    use jiff::Timestamp;

    fn product(n: u128) -> ProductId {
        ProductId(uuid::Uuid::from_u128(n))
    }

    fn order(products: impl IntoIterator<Item = u128>) -> OrderPlaced {
        let line = |n| OrderLine {
            product_id: product(n),
            name: "Tea".into(),
            quantity: 1,
            unit_price_cents: 100,
            product_version: Version::FIRST,
        };
        let (order_id, user_id, created_at) = (OrderId::generate(), UserId::generate(), Timestamp::UNIX_EPOCH);
        OrderPlaced { order_id, user_id, created_at, items: products.into_iter().map(line).collect(), total_cents: 100 }
    }

    #[test]
    fn a_pair_is_one_whichever_product_comes_first_and_never_a_product_with_itself() {
        assert_eq!(pairs(&order([2, 1])), [Pair(product(1), product(2))].into());
        assert_eq!(pairs(&order([1, 1])), BTreeSet::new());
        assert_eq!(pairs(&order([1])), BTreeSet::new());
        assert_eq!(pairs(&order(0..8)).len(), 28);
        assert_eq!(pairs(&order(0..50)), pairs(&order(0..8)), "what a long order pairs is bounded");
    }

    #[test]
    fn a_list_that_is_kept_piece_by_piece_is_the_top_of_all() {
        let mut all = BTreeMap::<u128, i64>::new();
        let mut list = Top { product_id: product(0), partners: vec![], version: Version(0) };
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
        let list = Top { product_id: product(0), partners: vec![], version: Version(0) };
        let of = |orders| [Partner { product_id: product(1), orders }];
        let list = list.with(&of(5)).unwrap();
        assert_eq!(list.version, Version(1));
        assert_eq!(list.with(&of(4)), None);
        assert_eq!(list.with(&of(5)), None);
        assert_eq!(list.with(&of(6)).unwrap().version, Version(2));
    }
}
