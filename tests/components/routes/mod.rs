//! Routes in this process, through `answer`: all that a function does with a request.

mod client_address;
mod conditions;
mod conflicts;
mod cors;
mod examples;
mod export;
mod failures;
mod happy_path;
mod head;
mod limits;
mod lists;
mod order_totals;
mod photos;
mod races;
mod recommendations;
mod resets;
mod shop;
mod sign_out;
pub(crate) mod signing_keys;
mod stale;

use shop::app;
pub(crate) use shop::{Reply, Shop, person};
use tests::fault_injector::{Call, Rule};
