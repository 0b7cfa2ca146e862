//! Orders, and [`checkout`], which makes them.

pub mod checkout;
mod order;

pub use order::{Order, OrderLine, OrderStatus, Orders};
