//! Sales: how many pieces of each product were ordered in each hour (UTC).
//!
//! A viral product is in every order, so its counter is spread over shards, and a batch of orders
//! is added up before it is written. The hour is that of the order, not the one in which a worker
//! counts it.

use crate::{events::OrderPlaced, ids::ProductId};
use jiff::Timestamp;
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    table::{Adds, Consistency, Counters, TableError, Write},
};

const METRIC: &str = "sales";

/// Counts sales.
pub struct Sales(Counters);

impl FromApp for Sales {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self(Counters::from_app(app).await?))
    }
}

impl Sales {
    /// The writes that count these orders, for the transaction that records them as counted: one
    /// for each product and hour.
    pub fn counting<'a>(&self, orders: impl IntoIterator<Item = &'a OrderPlaced>) -> Vec<Write> {
        let mut adds = Adds::default();
        for order in orders {
            let hour = hour(order.created_at);
            for line in &order.items {
                adds.add(METRIC, &hour, &line.product_id.to_string(), i64::from(line.quantity));
            }
        }
        self.0.adding(&adds)
    }

    /// How many pieces of a product were ordered in the hour of `at`, as far as they are counted.
    pub async fn in_hour(&self, cx: &Cx, product: ProductId, at: Timestamp) -> Result<i64, TableError> {
        self.0.sum(cx, METRIC, &hour(at), &product.to_string(), Consistency::Strong).await
    }
}

/// `2026-11-24T18`.
fn hour(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_one_name_whatever_the_zone() {
        let at = |text: &str| hour(text.parse().unwrap());
        assert_eq!(at("2026-11-24T18:59:59.999Z"), "2026-11-24T18");
        assert_eq!(at("2026-11-25T00:30:00+05:30"), "2026-11-24T19");
    }
}
