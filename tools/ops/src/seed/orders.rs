//! Orders of the seeded accounts, for the seeded products, at the seeded prices.

use super::{
    Failure, Plan,
    fill::Seeds,
    identity::{EPOCH_MS, id_at, random_bytes, time_at},
    products::product,
    users::user_id,
};
use functions::{
    ids::{OrderId, UserId},
    orders::{
        Order,
        checkout::{CartLine, price},
    },
};
use shared::{app::App, config::ConfigError, table::Table};

/// The first order is placed a day after the first account was created, when all accounts exist:
/// one is created each millisecond.
const FIRST_ORDER_MS: u64 = EPOCH_MS + 24 * 60 * 60 * 1_000;
/// The most lines of an order.
const MOST_LINES: usize = 3;

pub(super) struct OrderSeeds {
    table: Table<Order>,
    plan: Plan,
}

impl OrderSeeds {
    pub(super) fn new(app: &App, plan: Plan) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table()?, plan })
    }
}

impl Seeds for OrderSeeds {
    const NAME: &'static str = "orders";
    type Item = Order;

    fn table(&self) -> &Table<Order> {
        &self.table
    }

    fn key(order: &Order) -> (UserId, OrderId) {
        (order.user_id, order.id)
    }

    /// The total comes from `price`, as in a checkout.
    fn item(&self, number: usize) -> Result<Order, Failure> {
        let random = random_bytes("order", number);
        let draw = |at: usize, of: usize| (usize::from(random[at]) << 8 | usize::from(random[at + 1])) % of;
        // Products with successive numbers, so that no product is in two lines.
        let lines = (1 + draw(10, MOST_LINES)).min(self.plan.products);
        let first = number_below(&random, self.plan.products);
        let products: Vec<_> = (0..lines).map(|line| product((first + line) % self.plan.products)).collect();
        let quantity = |at: usize| 1 + u32::from(random[16 + at] % 4);
        let wanted = products.iter().enumerate();
        let wanted: Vec<_> = wanted.map(|(at, p)| CartLine { product_id: p.id, quantity: quantity(at) }).collect();
        let user = user_id(number_below(&random[8..], self.plan.users));
        let placed_ms = FIRST_ORDER_MS + number as u64;
        let order = price(user, &wanted, products.into_iter().map(Some).collect(), time_at(placed_ms))?;
        Ok(Order { id: OrderId(id_at(placed_ms, &random)), ..order })
    }
}

/// A number below `end`, from the first eight bytes.
fn number_below(random: &[u8], end: usize) -> usize {
    let number = random.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    usize::try_from(number % end as u64).unwrap_or_default()
}
