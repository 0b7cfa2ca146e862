//! Operators inspect dead letters, drive them back, and send events again.

mod redrive;
mod replay;

use crate::{
    helpers::{Dice, START, json_of},
    pipeline::{
        Pipeline,
        orders::{placed, random_orders},
    },
};
use ops::{
    dlq,
    redrive::{Redriven, redrive},
    replay::{ReplayError, replay},
};
use shared::{clock::Clock, queue::DeadLetters};
use std::time::{Duration, Instant};
use tests::{
    fault_injector::Rule,
    sqs::{Fault, Queues},
};
