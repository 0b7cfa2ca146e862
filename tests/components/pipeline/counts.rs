//! Compares what the analytics worker has counted with the sums of the orders.

use super::*;

impl Pipeline {
    /// Whether everything that is counted is what the orders add up to, each once.
    pub(crate) async fn check_counts(&self, orders: &[Order]) {
        let client = self.tables.client();
        let app = self.app(self.tables.sdk());
        let (sales, together, summaries) = <(Sales, CoPurchases, Summaries)>::from_app(&app).await.unwrap();
        let cx = || Cx::new(self.clock.clone(), "check", TIME);
        let mut sold = BTreeMap::<_, i64>::new();
        let mut bought = BTreeMap::<_, i64>::new();
        let mut people = BTreeMap::<UserId, (u64, u64)>::new();
        for order in orders.iter().cloned().map(OrderPlaced::from) {
            let hour = order.created_at.as_second() / 3600 * 3600;
            for line in &order.items {
                *sold.entry((line.product_id, hour)).or_default() += i64::from(line.quantity);
            }
            for pair in pairs(&order) {
                *bought.entry(pair).or_default() += 1;
            }
            let (count, cents) = people.entry(order.user_id).or_default();
            (*count, *cents) = (*count + 1, *cents + order.total_cents);
        }
        for ((product, hour), pieces) in sold {
            let at = jiff::Timestamp::from_second(hour).unwrap();
            assert_eq!(sales.in_hour(&cx(), product, at).await.unwrap(), pieces, "sales of {product}");
        }
        let (names, wanted): (Vec<_>, Vec<_>) = bought.iter().map(|(pair, orders)| (*pair, *orders)).unzip();
        assert_eq!(together.orders(&cx(), &names).await.unwrap(), wanted, "pairs");
        for (user, (count, total_cents)) in people {
            let summary = summaries.get(&cx(), user).await.unwrap();
            assert_eq!((summary.count, summary.total_cents), (count, total_cents), "the summary of {user}");
            assert!(summary.as_of.is_some());
        }
        let mut partners = BTreeMap::<ProductId, BTreeSet<(i64, ProductId)>>::new();
        for (pair, orders) in bought {
            let [a, b] = pair.products();
            partners.entry(a).or_default().insert((-orders, b));
            partners.entry(b).or_default().insert((-orders, a));
        }
        let lists: Table<TopPartners> = self.tables.table(&client, "Counters", Shards::ONE);
        let ids: Vec<_> = partners.keys().copied().collect();
        for (list, (id, all)) in
            lists.get_many(&cx(), &ids, Consistency::Strong).await.unwrap().into_iter().zip(partners)
        {
            let kept: Vec<_> = list.unwrap().partners.iter().map(|p| (-p.orders, p.product_id)).collect();
            assert_eq!(kept, all.into_iter().take(10).collect::<Vec<_>>(), "what is bought with {id}");
        }
    }
}
