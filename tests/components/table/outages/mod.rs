//! What visitors notice when a table hangs, is slow, or fails half of the time: routes from end to
//! end, on a fleet of environments as Lambda keeps it, and on a clock that stands still while
//! nothing happens.

mod silence;
mod trouble;

use crate::{
    helpers::Dice,
    routes::{Shop, person},
};
use functions::{
    ids::{ProductId, UserId},
    routes::{catalog, orders, users},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::lambda::{Ready, Route};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{
    dynamo::Tables,
    fault_injector::{Call, Rule},
};
use tokio::time::{Instant, sleep_until};

const MS: Duration = Duration::from_millis(1);

type Rules = Arc<dyn Fn(&Call) -> Rule + Send + Sync>;

/// The network of a fleet: what it does from which second on, and when it was used.
struct Network {
    start: Instant,
    rules: Vec<(Duration, Rules)>,
    calls: Mutex<Vec<Duration>>,
}

impl Network {
    fn new(rules: Vec<(Duration, Rules)>) -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), rules, calls: Mutex::default() })
    }

    fn rule(&self, call: &Call) -> Rule {
        let at = self.start.elapsed();
        self.calls.lock().unwrap().push(at);
        let rule = self.rules.iter().rev().find(|(from, _)| *from <= at);
        rule.map_or(Rule::Pass, |(_, rule)| rule(call))
    }

    fn calls_between(&self, from: u64, to: u64) -> usize {
        let within = |at: &&Duration| (Duration::from_secs(from)..Duration::from_secs(to)).contains(*at);
        self.calls.lock().unwrap().iter().filter(within).count()
    }
}

/// How one request went.
struct Asked {
    at: Duration,
    took: Duration,
    status: u16,
    told_when: bool,
}

/// One environment of a route.
struct Environment<R: Route>(Shop, Ready<R>);

/// Sends requests for `time`, one each `gap`: to the environment that was used last of those that
/// are idle, or to a new one. How they went, and how many environments it took.
async fn visit<R: Route>(
    network: &Arc<Network>,
    tables: &Tables,
    time: Duration,
    gap: Duration,
    path: impl Fn() -> String,
) -> (Vec<Asked>, usize) {
    let (idle, made) = (Mutex::new(Vec::<Environment<R>>::new()), Mutex::new(0));
    let count = u32::try_from(time.as_millis() / gap.as_millis()).unwrap();
    let requests = (0..count).map(|n| {
        let (idle, made, path) = (&idle, &made, path());
        async move {
            sleep_until(network.start + gap * n).await;
            let used = idle.lock().unwrap().pop();
            let environment = if let Some(environment) = used {
                environment
            } else {
                *made.lock().unwrap() += 1;
                let network = Arc::clone(network);
                let shop = Shop::in_process(tables, move |call| network.rule(call));
                let ready = shop.environment().await;
                Environment(shop, ready)
            };
            let start = Instant::now();
            let reply = environment.0.ask_in::<R>(&environment.1, &path, &[], &Value::Null).await;
            idle.lock().unwrap().push(environment);
            let told_when = !reply.header("retry-after").is_empty();
            Asked { at: start - network.start, took: start.elapsed(), status: reply.status, told_when }
        }
    });
    let asked = join_all(requests).await;
    (asked, made.into_inner().unwrap())
}

fn always(rule: fn() -> Rule) -> Rules {
    Arc::new(move |_| rule())
}

fn profile() -> String {
    format!("/api/users/{}", UserId::generate())
}
