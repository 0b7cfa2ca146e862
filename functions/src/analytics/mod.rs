//! What the analytics worker computes from orders, and what pages show of it.
//!
//! * [`sales`]: how many pieces of each product were ordered in each hour.
//! * [`summaries`]: how many orders a person has placed, and their sum.
//! * [`co_purchases`]: how often two products are bought together, and the partners that each
//!   product has most often. [`top_partners`]: the list of these partners.
//! * [`recommendations`]: the partners of a product, for its page.

pub mod co_purchases;
pub mod recommendations;
pub mod sales;
pub mod summaries;
pub mod top_partners;
