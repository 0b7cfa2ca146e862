//! What a worker derives from orders, and what a page shows of it.
//!
//! * [`sales`]: pieces of each product by the hour. [`summaries`]: what a person has ordered in all.
//! * [`co_purchases`]: how often two products are bought together. [`recommendations`]: what a
//!   product's page shows of it.

pub mod co_purchases;
pub mod recommendations;
pub mod sales;
pub mod summaries;
