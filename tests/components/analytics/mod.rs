//! What orders add up to, by the analytics worker as it is deployed.

mod hot_product;
mod totals;
