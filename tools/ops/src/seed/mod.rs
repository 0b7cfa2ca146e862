//! Fills a stack with people, products and orders that look like a shop's.
//!
//! The same number always makes the same item, ids included. So a run needs no memory: it looks which items are there, a
//! hundred a call, and writes those that are not. One that was killed is started again and goes on; a second one finds
//! what the first one wrote and leaves it alone, prices that were changed since and all. To look costs half a read unit an
//! item, 100,000 for 200,000 items, or a cent.
//!
//! # Accounts
//! Every account has the password [`PASSWORD`] and an address in `seed.invalid`, which exists for nobody (RFC 6761), so
//! that no mail goes out. An account and the guard of its address are one transaction, as in a sign-up, because batch
//! writes know no conditions: a person who took one of these addresses keeps it, and that account is left out.
//!
//! # Search
//! Products are indexed as always: their table's stream feeds the index worker. [`reindex`] makes a lost index again.
//!
//! Reads `USERS_TABLE`, `USER_SHARDS`, `PRODUCTS_TABLE`, `PRODUCT_SHARDS`, `ORDERS_TABLE`, as far as it fills them, and the
//! usual AWS variables.

mod fill;
mod orders;
mod products;
mod users;

pub use crate::{progress::Bar, reindex::reindex};
pub use fill::Filled;
pub use users::PASSWORD;

use orders::Purchases;
use products::Catalogue;
use shared::app::App;
use std::error::Error;
use users::People;

/// Why a run ended early.
pub type Failure = Box<dyn Error + Send + Sync>;

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

/// Fills the stack of `app`. `hear` is told what is being made, and how many of how many there are.
pub async fn run(
    app: &App,
    plan: Plan,
    mut hear: impl FnMut(&'static str, usize, usize),
) -> Result<Vec<Filled>, Failure> {
    if plan.orders > 0 && (plan.users == 0 || plan.products == 0) {
        return Err("orders need people who order and products to order: give --users and --products, too".into());
    }
    let mut all = Vec::new();
    if plan.products > 0 {
        all.push(fill::fill(&Catalogue::new(app)?, plan.products, &mut hear).await?);
    }
    if plan.users > 0 {
        all.push(fill::fill(&People::new(app)?, plan.users, &mut hear).await?);
    }
    if plan.orders > 0 {
        all.push(fill::fill(&Purchases::new(app, plan)?, plan.orders, &mut hear).await?);
    }
    Ok(all)
}
