//! Orders: what was bought, at the catalogue's prices.
//!
//! An order's partition key is its owner's identity, and every function here takes the owner's session: a query for
//! another person's orders cannot be written by mistake.

use crate::{
    ids::{OrderId, ProductId, UserId},
    products::Product,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    idempotency::{Idempotency, OnceError, OnceKey, Settled},
    lambda::SignedIn,
    table::{Consistency, Item, Key, Shards, Table, TableError},
    version::{Version, Versioned},
};

/// The largest amount that is ever charged, in cents: the largest integer that every JSON reader holds exactly
/// (RFC 8259, section 6).
pub const MAX_CENTS: u64 = (1 << 53) - 1;

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What.
    pub product_id: ProductId,
    /// What it was called when it was bought.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// What one cost.
    pub unit_price_cents: u64,
    /// The version of the product that the price is from.
    pub product_version: Version,
}

/// Where an order is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// It was accepted.
    Placed,
}

/// One order of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Who ordered.
    pub user_id: UserId,
    /// Where it is on its way.
    pub status: OrderStatus,
    /// Its lines.
    pub items: Vec<OrderLine>,
    /// What it costs in all.
    pub total_cents: u64,
    /// When it was placed.
    pub created_at: Timestamp,
    /// How often it was written.
    pub version: Version,
}

impl Versioned for Order {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Order {
    type Key = (UserId, OrderId);

    fn key_of((user, order): &(UserId, OrderId)) -> Key {
        Key::sorted(format!("user#{user}"), format!("order#{order}"))
    }

    fn key(&self) -> Key {
        Self::key_of(&(self.user_id, self.id))
    }
}

/// What somebody wants to buy: a product and how many of it. There is no price in it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// What.
    pub product_id: ProductId,
    /// How many.
    pub quantity: u32,
}

/// Why something cannot be bought; `at` is the line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// No such product.
    #[error("names no product")]
    UnknownProduct {
        /// The line.
        at: usize,
    },
    /// The product stands in an earlier line too.
    #[error("stands in an earlier line too; add up the quantities")]
    Repeated {
        /// The line.
        at: usize,
    },
    /// The total is more than can be charged.
    #[error("cost more in all than can be charged")]
    TooMuch,
}

/// The order of `user` for what is wanted, at the prices of `products`, which are in the order of the lines.
pub fn price(
    user_id: UserId,
    wanted: &[Wanted],
    products: Vec<Option<Product>>,
    created_at: Timestamp,
) -> Result<Order, PriceError> {
    let mut items: Vec<OrderLine> = Vec::with_capacity(wanted.len());
    let mut total_cents = 0_u64;
    for (at, (wanted, product)) in wanted.iter().zip(products).enumerate() {
        if items.iter().any(|line| line.product_id == wanted.product_id) {
            return Err(PriceError::Repeated { at });
        }
        let Product { id, name, price_cents, version, .. } = product.ok_or(PriceError::UnknownProduct { at })?;
        let amount = price_cents.checked_mul(u64::from(wanted.quantity));
        let total = amount.and_then(|amount| total_cents.checked_add(amount)).filter(|total| *total <= MAX_CENTS);
        total_cents = total.ok_or(PriceError::TooMuch)?;
        let (quantity, unit_price_cents, product_version) = (wanted.quantity, price_cents, version);
        items.push(OrderLine { product_id: id, name, quantity, unit_price_cents, product_version });
    }
    let (id, status, version) = (OrderId::generate(), OrderStatus::Placed, Version::FIRST);
    Ok(Order { id, user_id, status, items, total_cents, created_at, version })
}

/// A client's key for a request, and the hash of what it asks for.
pub type OnceRequest = (OnceKey, String);

/// The orders of everybody, each in the partition of its owner.
pub struct Orders {
    table: Table<Order>,
    once: Idempotency,
}

impl FromApp for Orders {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table("ORDERS_TABLE", Shards::ONE)?, once: Idempotency::from_app(app).await? })
    }
}

impl Orders {
    /// Writes a new order. With a key, order and record are one transaction: a request that was answered before gets
    /// the order of then, and nothing is written.
    pub async fn place(&self, cx: &Cx, order: Order, once: Option<&OnceRequest>) -> Result<Settled<Order>, OnceError> {
        let Some((key, hash)) = once else {
            self.table.create(cx, &order).await?;
            return Ok(Settled { result: order, replayed: false });
        };
        let write = self.table.creating(&order);
        self.once.transact(cx, key, hash, order, vec![write]).await
    }

    /// The order that a request placed when it came before; `None` when it did not.
    pub async fn placed(&self, cx: &Cx, (key, hash): &OnceRequest) -> Result<Option<Order>, OnceError> {
        self.once.replay(cx, key, hash).await
    }
}

/// The orders, to be read by their owners: no records, so no right to them either.
pub struct OrderBook {
    table: Table<Order>,
}

impl FromApp for OrderBook {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table("ORDERS_TABLE", Shards::ONE)? })
    }
}

impl OrderBook {
    /// An order of the owner's. Somebody else's is as absent as one that was never placed, and takes the same read.
    pub async fn get(&self, cx: &Cx, owner: &SignedIn, id: OrderId) -> Result<Option<Order>, TableError> {
        self.table.get(cx, &(owner.subject().into(), id), Consistency::Strong).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(price_cents: u64) -> Product {
        let (description, image_url) = (String::new(), None);
        let (id, updated_at, version) = (ProductId::generate(), Timestamp::UNIX_EPOCH, Version(7));
        Product {
            id,
            name: "Tea".into(),
            description,
            category: "tea".into(),
            price_cents,
            image_url,
            updated_at,
            version,
        }
    }

    fn order(lines: &[(u64, u32)]) -> Result<Order, PriceError> {
        let products: Vec<_> = lines.iter().map(|(price, _)| product(*price)).collect();
        let wanted: Vec<_> = products
            .iter()
            .zip(lines)
            .map(|(p, (_, quantity))| Wanted { product_id: p.id, quantity: *quantity })
            .collect();
        price(UserId::generate(), &wanted, products.into_iter().map(Some).collect(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_total_is_the_sum_of_the_lines_at_the_catalogues_prices() {
        let order = order(&[(250, 4), (99, 1)]).unwrap();
        assert_eq!(order.total_cents, 1_099);
        assert_eq!(order.items[0].product_version, Version(7));
    }

    #[test]
    fn a_total_that_overflows_is_refused_and_the_largest_is_not() {
        assert_eq!(order(&[(MAX_CENTS, 1)]).unwrap().total_cents, MAX_CENTS);
        assert_eq!(order(&[(MAX_CENTS, 1), (1, 1)]), Err(PriceError::TooMuch));
        assert_eq!(order(&[(MAX_CENTS, 2)]), Err(PriceError::TooMuch));
        assert_eq!(order(&[(u64::MAX, u32::MAX)]), Err(PriceError::TooMuch));
    }

    #[test]
    fn an_unknown_and_a_repeated_product_are_named_by_their_line() {
        let tea = product(100);
        let wanted = [Wanted { product_id: tea.id, quantity: 1 }; 2];
        let both =
            price(UserId::generate(), &wanted, vec![Some(tea.clone()), Some(tea.clone())], Timestamp::UNIX_EPOCH);
        assert_eq!(both, Err(PriceError::Repeated { at: 1 }));
        let gone = price(UserId::generate(), &wanted, vec![None, Some(tea)], Timestamp::UNIX_EPOCH);
        assert_eq!(gone, Err(PriceError::UnknownProduct { at: 0 }));
    }
}
