//! `ops seed`.
//!
//! The same number always makes the same item, its id included. So a run needs no memory: it looks
//! which items exist, a hundred a call, and writes the others. A look costs half a read unit an
//! item: 100,000 units, about a cent, for 200,000 items.
//!
//! # Accounts
//! An address in `seed.invalid` belongs to nobody (RFC 6761), so no mail is sent. An account and
//! the guard of its address are one transaction, as in a sign-up, because a batch write takes no
//! conditions. If a person has taken one of these addresses, that account is left out.
//!
//! # Search
//! The stream of the products' table feeds the index worker, as it always does.

mod categories;
mod fill;
mod identity;
mod orders;
mod products;
mod users;

pub use fill::Filled;
pub use users::PASSWORD;

use crate::{Failure, arguments, progress_bar::progress_bars};
use orders::OrderSeeds;
use products::ProductSeeds;
use shared::app::App;
use std::time::Instant;
use users::UserSeeds;

/// Fill a stack with products, accounts and orders that look like a shop's.
///
/// Writes only what is missing. So a run that was stopped continues when it is started again, and a
/// second run changes nothing, not even a price that was changed meanwhile.
///
/// The accounts are person-0@seed.invalid, person-1@seed.invalid and so on, and all have the
/// password "a seeded account". They get no e-mail.
///
/// Needs PRODUCTS_TABLE and PRODUCT_SHARDS for products, USERS_TABLE and USER_SHARDS for accounts,
/// and ORDERS_TABLE for orders.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:\n  ops seed\n  ops seed --users 1000 --products 10000 --orders 5000"
)]
pub struct SeedArgs {
    /// Products that there shall be.
    #[arg(long, value_name = "COUNT", default_value_t = 240, value_parser = arguments::count)]
    products: usize,
    /// Accounts that there shall be.
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = arguments::count)]
    users: usize,
    /// Orders that there shall be, of these accounts, for these products.
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = arguments::count)]
    orders: usize,
}

impl SeedArgs {
    pub(crate) async fn run(self, app: &App) -> Result<String, Failure> {
        let start = Instant::now();
        let plan = Plan { users: self.users, products: self.products, orders: self.orders };
        let filled = fill(app, plan, progress_bars()).await?;
        let line = |Filled { name, total, written }: Filled| {
            format!("{total} {name}: {written} written, {} were there before\n", total - written)
        };
        let lines: String = filled.into_iter().map(line).collect();
        Ok(format!("{lines}{:.1} s", start.elapsed().as_secs_f64()))
    }
}

/// How many of each there shall be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Plan {
    /// Accounts.
    pub users: usize,
    /// Products.
    pub products: usize,
    /// Orders, of these accounts, for these products.
    pub orders: usize,
}

/// Fills the stack of `app`. `progress` gets what is written, how many there are, and how many
/// there shall be.
pub async fn fill(
    app: &App,
    plan: Plan,
    mut progress: impl FnMut(&'static str, usize, usize),
) -> Result<Vec<Filled>, Failure> {
    if plan.orders > 0 && (plan.users == 0 || plan.products == 0) {
        return Err("orders need accounts and products: give --users and --products, too".into());
    }
    let mut filled = Vec::new();
    if plan.products > 0 {
        filled.push(fill::fill(&ProductSeeds::new(app)?, plan.products, &mut progress).await?);
    }
    if plan.users > 0 {
        filled.push(fill::fill(&UserSeeds::new(app)?, plan.users, &mut progress).await?);
    }
    if plan.orders > 0 {
        filled.push(fill::fill(&OrderSeeds::new(app, plan)?, plan.orders, &mut progress).await?);
    }
    Ok(filled)
}
