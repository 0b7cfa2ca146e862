//! L2 and the table answer late.

mod cache;
mod table;

use super::World;
use faults::Fault;
use shared::session::FRESH;
use shared::telemetry::fields;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tests::line::ReadLine as _;
use tests::{
    fault_injector::Rule,
    redis::{Proxy, Wire},
};
