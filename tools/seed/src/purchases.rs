//! Orders of the seeded accounts, for the seeded products, at the seeded prices.

use crate::{
    Failure, Plan,
    catalogue::{EPOCH_MS, dice, id_at, product, time_at},
    fill::Kind,
    people::user_id,
};
use functions::{
    ids::{OrderId, UserId},
    orders::{
        Order,
        checkout::{CartLine, price},
    },
};
use shared::{
    app::App,
    config::ConfigError,
    table::{Shards, Table},
};

/// The first order is placed after the last account was opened: a day after the first.
const OPENING_MS: u64 = EPOCH_MS + 24 * 60 * 60 * 1_000;
const MOST_LINES: usize = 3;

pub(crate) struct Purchases {
    table: Table<Order>,
    plan: Plan,
}

impl Purchases {
    pub(crate) fn new(app: &App, plan: Plan) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table("ORDERS_TABLE", Shards::ONE)?, plan })
    }
}

impl Kind for Purchases {
    const NAME: &'static str = "orders";
    type Item = Order;

    fn table(&self) -> &Table<Order> {
        &self.table
    }

    fn key(order: &Order) -> (UserId, OrderId) {
        (order.user_id, order.id)
    }

    /// The same rules as a checkout's: `price` adds up.
    fn make(&self, number: usize) -> Result<Order, Failure> {
        let random = dice("order", number);
        let draw = |at: usize, of: usize| (usize::from(random[at]) << 8 | usize::from(random[at + 1])) % of;
        // Neighbours in the catalogue, so that no product stands in two lines.
        let lines = (1 + draw(10, MOST_LINES)).min(self.plan.products);
        let first = spread(&random, self.plan.products);
        let products: Vec<_> = (0..lines).map(|line| product((first + line) % self.plan.products)).collect();
        let quantity = |at: usize| 1 + u32::from(random[16 + at] % 4);
        let wanted = products.iter().enumerate();
        let wanted: Vec<_> = wanted.map(|(at, p)| CartLine { product_id: p.id, quantity: quantity(at) }).collect();
        let user = user_id(spread(&random[8..], self.plan.users));
        let placed_ms = OPENING_MS + number as u64;
        let order = price(user, &wanted, products.into_iter().map(Some).collect(), time_at(placed_ms))?;
        Ok(Order { id: OrderId(id_at(placed_ms, &random)), ..order })
    }
}

/// A number below `of`, from the first eight bytes.
fn spread(random: &[u8], of: usize) -> usize {
    let number = random.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    usize::try_from(number % of as u64).unwrap_or_default()
}
