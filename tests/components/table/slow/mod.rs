//! A table that hangs, is slow, or fails half of the time, on a clock that stands still while
//! nothing happens.

mod errors;
mod latency;
mod lost_answers;

use super::{Thing, all, shards};
use crate::helpers::Dice;
use futures_util::future::join_all;
use serde_json::json;
use shared::{
    clock::Clock,
    context::Cx,
    table::{Consistency, Shards, Table, TableError},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tests::{
    dynamo::Tables,
    fault_injector::{Call, Rule, error},
};
use tokio::time::{Instant, sleep, timeout};

const MS: Duration = Duration::from_millis(1);

type Ruling = fn(&Call) -> Rule;

/// A request with the time that it has on Lambda.
fn request() -> Cx {
    Cx::new(Clock::system(), "test", Duration::from_millis(9_700))
}

/// Things behind a network that a test may change, and the number of calls that went into it.
struct World {
    things: Table<Thing>,
    rule: Arc<Mutex<Ruling>>,
    calls: Arc<AtomicU32>,
}

impl World {
    fn new(rule: fn(&Call) -> Rule) -> Self {
        let (rule, calls) = (Arc::new(Mutex::new(rule)), Arc::new(AtomicU32::new(0)));
        let (ruled, counted) = (Arc::clone(&rule), Arc::clone(&calls));
        let tables = Tables::new();
        let client = tables.client_in_process(move |call| {
            counted.fetch_add(1, Ordering::Relaxed);
            let rule = *ruled.lock().unwrap();
            rule(call)
        });
        Self { things: tables.table(&client, "Products", shards("32")), rule, calls }
    }

    fn rule(&self, rule: fn(&Call) -> Rule) {
        *self.rule.lock().unwrap() = rule;
    }

    fn calls(&self) -> u32 {
        self.calls.swap(0, Ordering::Relaxed)
    }

    /// A read: whether it succeeded, and how long it took.
    async fn get(&self) -> (Result<Option<Thing>, TableError>, Duration) {
        let start = Instant::now();
        let got = self.things.get(&request(), &Thing::new(1).id, Consistency::Eventual).await;
        (got, start.elapsed())
    }
}
