//! The index follows the products, in whatever order their events come.

mod changes;
mod workers;

use super::{Shelf, patient, product, renamed};
use functions::catalog::products::Product;
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::telemetry::fields;
use shared::version::Version;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tests::fault_injector::{Call, Rule};
use tests::line::ReadLine as _;
