//! Checkout: turns the lines of a cart into an order at the catalogue's prices, once.

use super::order::{Order, OrderLine, OrderStatus};
use crate::{
    catalog::products::{Product, Products},
    ids::{OrderId, ProductId, UserId},
};
use jiff::Timestamp;
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    idempotency::{Idempotency, IdempotencyError, RecordKey, Settled},
    session::SignedIn,
    table::{Table, TableError},
    version::Version,
};

/// The largest total, in cents: the largest integer that every JSON reader represents exactly (RFC
/// 8259, section 6).
pub const MAX_CENTS: u64 = (1 << 53) - 1;

/// A product to buy, and how many of it. It has no price, because the catalogue sets it.
#[derive(Debug, Clone, Copy)]
pub struct CartLine {
    /// The product.
    pub product_id: ProductId,
    /// How many pieces.
    pub quantity: u32,
}

/// Why the lines cannot be bought; `at` is the index of the line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// There is no such product.
    #[error("must be the id of a product")]
    UnknownProduct {
        /// The index of the line.
        at: usize,
    },
    /// An earlier line has the same product.
    #[error("is in an earlier line already; add up the quantities")]
    Repeated {
        /// The index of the line.
        at: usize,
    },
    /// The total is more than [`MAX_CENTS`].
    #[error("cost more than the largest amount that can be charged")]
    TooMuch,
    /// The total differs from the one that the buyer expects.
    #[error("is {expected} cents, but the order costs {total} cents now")]
    Total {
        /// The total that the buyer expects, in cents.
        expected: u64,
        /// The total now, in cents.
        total: u64,
    },
}

/// Makes an order from lines, at the prices of `products`, which are in the order of the lines.
pub fn price(
    user_id: UserId,
    lines: &[CartLine],
    products: Vec<Option<Product>>,
    created_at: Timestamp,
) -> Result<Order, PriceError> {
    let mut items: Vec<OrderLine> = Vec::with_capacity(lines.len());
    let mut total_cents = 0_u64;
    for (at, (line, product)) in lines.iter().zip(products).enumerate() {
        if items.iter().any(|item| item.product_id == line.product_id) {
            return Err(PriceError::Repeated { at });
        }
        let Product { id, name, price_cents, version, .. } = product.ok_or(PriceError::UnknownProduct { at })?;
        let amount = price_cents.checked_mul(u64::from(line.quantity));
        let total = amount.and_then(|amount| total_cents.checked_add(amount)).filter(|total| *total <= MAX_CENTS);
        total_cents = total.ok_or(PriceError::TooMuch)?;
        let (quantity, unit_price_cents, product_version) = (line.quantity, price_cents, version);
        items.push(OrderLine { product_id: id, name, quantity, unit_price_cents, product_version });
    }
    let (id, status, version) = (OrderId::generate(), OrderStatus::Placed, Version::FIRST);
    Ok(Order { id, user_id, status, items, total_cents, created_at, version })
}

/// Checks that the order costs what the buyer expects.
fn at_total(order: Order, expected: Option<u64>) -> Result<Order, PriceError> {
    match expected {
        Some(expected) if expected != order.total_cents => {
            Err(PriceError::Total { expected, total: order.total_cents })
        }
        _ => Ok(order),
    }
}

/// Why no order was placed.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// The lines cannot be bought.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The idempotency key does not allow it.
    #[error(transparent)]
    Once(#[from] IdempotencyError),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// A client's idempotency key, and the hash of the request.
pub type IdempotentRequest = (RecordKey, String);

/// Places orders.
pub struct Checkout {
    products: Products,
    orders: Table<Order>,
    once: Idempotency,
}

impl FromApp for Checkout {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let (products, once) = <(Products, Idempotency)>::from_app(app).await?;
        Ok(Self { products, orders: app.table()?, once })
    }
}

impl Checkout {
    /// Prices the lines from the products as they are now, and writes the order. With `expected`,
    /// in cents, it writes nothing if the total is another.
    ///
    /// With a key, it writes the order and the idempotency record in one transaction. A repeated
    /// request gets the order of the first one, even if its product is gone by now, and writes
    /// nothing.
    pub async fn place(
        &self,
        cx: &Cx,
        buyer: &SignedIn,
        lines: &[CartLine],
        expected: Option<u64>,
        once: Option<IdempotentRequest>,
    ) -> Result<Settled<Order>, CheckoutError> {
        let ids: Vec<_> = lines.iter().map(|line| line.product_id).collect();
        let products = match self.products.get_many(cx, &ids).await {
            Ok(products) => products,
            // An earlier try of this request may have placed the order, and its answer was lost.
            Err(error) => {
                let Some((key, hash)) = once else { return Err(error.into()) };
                let earlier = self.once.replay(cx, &key, &hash).await?;
                return earlier.map(|result| Settled { result, replayed: true }).ok_or(error.into());
            }
        };
        let priced = price(buyer.subject().into(), lines, products, cx.clock.now());
        match (priced.and_then(|order| at_total(order, expected)), once) {
            (Ok(order), Some((key, hash))) => {
                let write = self.orders.creating(&order);
                Ok(self.once.transact(cx, &key, &hash, order, vec![write]).await?)
            }
            (Ok(order), None) => {
                self.orders.create(cx, &order).await?;
                Ok(Settled { result: order, replayed: false })
            }
            (Err(refused), Some((key, hash))) => {
                let earlier = self.once.replay(cx, &key, &hash).await?;
                earlier.map(|result| Settled { result, replayed: true }).ok_or(refused.into())
            }
            (Err(refused), None) => Err(refused.into()),
        }
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
        let lines: Vec<_> = products
            .iter()
            .zip(lines)
            .map(|(p, (_, quantity))| CartLine { product_id: p.id, quantity: *quantity })
            .collect();
        price(UserId::generate(), &lines, products.into_iter().map(Some).collect(), Timestamp::UNIX_EPOCH)
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
    fn an_order_at_another_total_than_expected_is_none() {
        let tea = order(&[(250, 4)]).unwrap();
        assert_eq!(at_total(tea.clone(), None), Ok(tea.clone()));
        assert_eq!(at_total(tea.clone(), Some(1_000)), Ok(tea.clone()));
        for expected in [0, 999, 1_001] {
            assert_eq!(at_total(tea.clone(), Some(expected)), Err(PriceError::Total { expected, total: 1_000 }));
        }
    }

    #[test]
    fn an_unknown_and_a_repeated_product_are_named_by_their_line() {
        let tea = product(100);
        let lines = [CartLine { product_id: tea.id, quantity: 1 }; 2];
        let both = price(UserId::generate(), &lines, vec![Some(tea.clone()), Some(tea.clone())], Timestamp::UNIX_EPOCH);
        assert_eq!(both, Err(PriceError::Repeated { at: 1 }));
        let gone = price(UserId::generate(), &lines, vec![None, Some(tea)], Timestamp::UNIX_EPOCH);
        assert_eq!(gone, Err(PriceError::UnknownProduct { at: 0 }));
    }
}
