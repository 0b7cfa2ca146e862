//! Co-purchases: how often two products were in one order, and the most frequent partners of each
//! product.
//!
//! A pair has one counter, whichever product comes first. It is sharded like all counters, and
//! written in one transaction with the record of its order, so it is exact. A page cannot add up
//! all pairs of its product: a viral product has thousands. So each product has one item, its
//! [`TopPartners`], which a page reads by key and the worker keeps up to date:
//!
//! * After a batch is counted, the worker reads the counts of the pairs in it and puts them into
//!   the lists of both products. So the work depends on the batch, not on the number of partners.
//! * The lists are exact: counts only grow, so a product that is not in a list cannot overtake one
//!   that is until an order raises its own count. Then the worker looks at it.
//! * A write is conditional on the list's version, and the greater count of a partner is the later
//!   one. So the order of the writes does not matter, nor whether a batch comes twice, which
//!   happens if its worker dies in between.

use super::top_partners::{Partner, TopPartners};
use crate::{events::OrderPlaced, ids::ProductId};
use futures_util::future::join_all;
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    resilience::Backoff,
    table::{Adds, Condition, Consistency, Counters, Table, TableError, Write},
    version::Version,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How many lines of an order are paired: 8 lines make 28 pairs, 50 would make 1,225.
pub const LINES: usize = 8;

const METRIC: &str = "together";
/// How often the worker tries to write a list that other workers are changing.
const ROUNDS: usize = 6;

/// Two products, the smaller id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair(ProductId, ProductId);

impl Pair {
    /// Both products.
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

/// Counts pairs and keeps the lists.
pub struct CoPurchases {
    counters: Counters,
    lists: Table<TopPartners>,
}

impl FromApp for CoPurchases {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { counters: Counters::from_app(app).await?, lists: app.table()? })
    }
}

impl CoPurchases {
    /// The writes that count these orders, for the transaction that records them as counted: one
    /// for each pair.
    pub fn counting<'a>(&self, orders: impl IntoIterator<Item = &'a OrderPlaced>) -> Vec<Write> {
        let mut adds = Adds::default();
        for Pair(a, b) in orders.into_iter().flat_map(pairs) {
            adds.add(METRIC, &a.to_string(), &b.to_string(), 1);
        }
        self.counters.adding(&adds)
    }

    /// In how many orders each of these pairs was, as far as they are counted.
    pub async fn orders(&self, cx: &Cx, pairs: &[Pair]) -> Result<Vec<i64>, TableError> {
        let names: Vec<_> = pairs.iter().map(|Pair(a, b)| (a.to_string(), b.to_string())).collect();
        let names: Vec<_> = names.iter().map(|(a, b)| (METRIC, a.as_str(), b.as_str())).collect();
        self.counters.sums(cx, &names, Consistency::Strong).await
    }

    /// Brings the lists of both products of each pair up to date. Returns the products whose lists
    /// other workers kept changing.
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
                let list =
                    list.unwrap_or_else(|| TopPartners { product_id: id, partners: vec![], version: Version(0) });
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

    /// Writes a list. Returns its product if another worker wrote it first.
    async fn write(&self, cx: &Cx, next: TopPartners) -> Result<Option<ProductId>, TableError> {
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
}
