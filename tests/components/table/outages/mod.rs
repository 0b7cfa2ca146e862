//! What visitors notice when a table hangs, is slow, or fails half of the time: routes from end to
//! end, on a fleet of environments as Lambda keeps it, and on a clock that stands still while
//! nothing happens.

use crate::{
    helpers::Dice,
    routes::{Shop, races::person},
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

#[tokio::test(start_paused = true)]
async fn ten_minutes_without_a_table_are_quick_refusals_and_its_return_is_no_rush() {
    let (dead, back, end) = (10, 610, 640);
    let network = Network::new(vec![
        (Duration::from_secs(dead), always(|| Rule::Hang)),
        (Duration::from_secs(back), always(|| Rule::Pass)),
    ]);
    let tables = Tables::new();
    let (asked, made) =
        visit::<users::Get>(&network, &tables, Duration::from_secs(end), Duration::from_millis(100), profile).await;
    let during = |from: u64, to: u64| {
        let within = Duration::from_secs(from)..Duration::from_secs(to);
        asked.iter().filter(move |request| within.contains(&request.at))
    };
    assert!(during(0, dead).all(|request| request.status == 404), "nobody has these ids");
    assert!(during(dead, back).all(|request| request.status == 503 && request.told_when));
    // The first requests find out; the ones after them do not wait.
    let longest = |from, to| during(from, to).map(|request| request.took).max().unwrap();
    let (first, then) = (longest(dead, dead + 2), longest(dead + 2, back));
    assert!(first <= 1_800 * MS && then <= 300 * MS, "{first:?}, then {then:?}");
    // Ten requests a second, each at most 1.75 s in an environment of its own.
    assert!(made <= 20, "{made} environments");
    let (before, outage) = (network.calls_between(0, dead), network.calls_between(dead + 2, back));
    let each_second = outage / 598;
    println!(
        "first {first:?}, then {then:?}; {made} environments; {} calls/s before, {each_second} in the outage",
        before / 10
    );
    assert!(each_second * 2 <= 10 * 2, "{each_second} calls a second");
    // It returns: a window later everything is as before, and it is not asked more often than
    // before.
    assert!(during(back + 3, end).all(|request| request.status == 404));
    let after = network.calls_between(back, back + 10);
    assert!(after * 10 <= before * 12, "{after} calls in the first ten seconds, {before} before");
}

#[tokio::test(start_paused = true)]
async fn a_table_that_takes_longer_is_waited_for_by_every_visitor() {
    let cases: [(fn() -> Rule, u64); 2] =
        [(|| Rule::Delay(Duration::from_millis(250)), 260), (|| Rule::Delay(Duration::from_secs(1)), 1_520)];
    for (slow, most) in cases {
        let network = Network::new(vec![(Duration::from_secs(10), always(slow))]);
        let tables = Tables::new();
        let (asked, made) =
            visit::<users::Get>(&network, &tables, Duration::from_secs(70), Duration::from_millis(100), profile).await;
        assert!(asked.iter().all(|request| request.status == 404), "a call that would have succeeded was given up on");
        let longest = asked.iter().map(|request| request.took).max().unwrap();
        let calls = network.calls_between(10, 70);
        println!("{longest:?} at most, {made} environments, {calls} calls for 600 requests");
        assert!(longest <= Duration::from_millis(most), "{longest:?}");
        assert!(calls <= 600 + made, "each environment learns once: {calls} calls, {made} environments");
    }
}

#[tokio::test(start_paused = true)]
async fn with_half_of_all_calls_failing_nearly_every_visitor_is_answered() {
    for broken in [|| Rule::refuse(500, "InternalServerError"), || Rule::Cut] {
        let dice = Mutex::new(Dice(42));
        let half: Rules = Arc::new(move |_| if dice.lock().unwrap().roll(2) == 0 { broken() } else { Rule::Pass });
        let network = Network::new(vec![(Duration::ZERO, half)]);
        let tables = Tables::new();
        let (asked, _) =
            visit::<users::Get>(&network, &tables, Duration::from_secs(200), Duration::from_millis(100), profile).await;
        let answered = asked.iter().filter(|request| request.status == 404).count();
        println!("{answered} of {} answered", asked.len());
        assert!(answered * 100 >= asked.len() * 97, "{answered} of {}", asked.len());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_cache_has_is_served_while_the_table_is_silent() {
    let tables = Tables::new();
    let silent = Arc::new(Mutex::new(false));
    let hangs = Arc::clone(&silent);
    let shop = Shop::in_process(&tables, move |call| {
        let of_products = call.body["TableName"].as_str().is_some_and(|name| name.ends_with("-products"));
        if of_products && *hangs.lock().unwrap() { Rule::Hang } else { Rule::Pass }
    });
    let (known, environment) = (shop.stock(250).await, shop.environment::<catalog::Get>().await);
    let known = format!("/api/products/{known}");
    let ask = async |path: &str| {
        let start = Instant::now();
        (shop.ask_in(&environment, path, &[], &Value::Null).await, start.elapsed())
    };
    ask(&known).await.0.ok(200);
    *silent.lock().unwrap() = true;
    let unknown = format!("/api/products/{}", ProductId::generate());
    let (lost, _) = ask(&unknown).await;
    assert_eq!((lost.status, lost.header("retry-after").is_empty()), (503, false), "{}", lost.body);
    // Past its time in memory the cache asks the table, whose breaker is open: the entry is better
    // than an error.
    std::thread::sleep(Duration::from_millis(2_100));
    for _ in 0..5 {
        let (kept, took) = ask(&known).await;
        assert_eq!(kept.ok(200)["price_cents"], 250);
        assert!(took <= 300 * MS, "{took:?}");
    }
    let (lost, took) = ask(&unknown).await;
    assert!(lost.status == 503 && took <= 300 * MS, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_order_whose_answer_never_came_is_found_by_its_key() {
    let tables = Tables::new();
    let (silent, orders_seen) = (Arc::new(Mutex::new(true)), Arc::new(Mutex::new(0)));
    let (hangs, seen) = (Arc::clone(&silent), Arc::clone(&orders_seen));
    let shop = Shop::in_process(&tables, move |call| {
        if call.operation != "TransactWriteItems" || !call.body.to_string().contains("order#") {
            return Rule::Pass;
        }
        *seen.lock().unwrap() += 1;
        if *hangs.lock().unwrap() { Rule::Unanswered } else { Rule::Pass }
    });
    let ada = person(&shop, "ada@shop.example").await;
    let lines = json!({ "items": [{ "product_id": shop.stock(250).await.to_string(), "quantity": 1 }] });
    let headers = [("authorization", ada.as_str()), ("idempotency-key", "one")];
    let start = Instant::now();
    let maybe = shop.ask::<orders::Create>("/api/orders", &headers, &lines).await;
    assert_eq!((maybe.status, maybe.header("retry-after").is_empty()), (503, false), "{}", maybe.body);
    assert!(start.elapsed() <= 3_100 * MS && *orders_seen.lock().unwrap() == 2, "{:?}", start.elapsed());
    // While the table is silent, a write is not sent at all.
    let refused = shop.ask::<orders::Create>("/api/orders", &headers, &lines).await;
    assert_eq!((refused.status, *orders_seen.lock().unwrap()), (503, 2), "{}", refused.body);
    *silent.lock().unwrap() = false;
    tokio::time::sleep(2_000 * MS).await;
    let found = shop.ask::<orders::Create>("/api/orders", &headers, &lines).await;
    found.ok(201);
    assert_eq!(found.header("idempotency-replayed"), "true");
    let mine = shop.ask::<orders::List>("/api/orders", &headers[..1], &Value::Null).await;
    let mine = mine.ok(200)["items"].as_array().unwrap();
    assert_eq!((mine.len(), &mine[0]["id"]), (1, &found.body["id"]), "one order, and this one");
}
