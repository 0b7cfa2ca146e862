//! A table that hangs, is slow, or fails half of the time, on a clock that stands still while
//! nothing happens.

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

#[tokio::test(start_paused = true)]
async fn at_one_second_of_latency_every_single_call_succeeds() {
    let world = World::new(|_| Rule::Delay(Duration::from_secs(1)));
    let (first, took) = world.get().await;
    assert!(first.is_ok() && took <= 1_510 * MS, "{took:?}");
    for _ in 0..20 {
        let (got, took) = world.get().await;
        assert!(got.is_ok() && took <= 1_010 * MS, "it learns what the table takes: {took:?}");
    }
    assert_eq!(world.calls(), 22);
    let start = Instant::now();
    world.things.create(&request(), &Thing::new(1)).await.unwrap();
    world.things.list(&request(), &all(), 20, None).await.unwrap();
    assert!(start.elapsed() <= 3_050 * MS, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_is_slow_from_the_first_call_on_is_listed_and_written_too() {
    let delay = |_: &Call| Rule::Delay(Duration::from_secs(1));
    let world = World::new(delay);
    let page = world.things.list(&request(), &all(), 20, None).await;
    assert!(page.is_ok(), "32 timeouts at one moment are one: {page:?}");
    World::new(delay).things.create(&request(), &Thing::new(1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_quarter_of_a_second_more_costs_no_second_call() {
    let world = World::new(|_| Rule::Delay(Duration::from_millis(250)));
    for _ in 0..50 {
        let (got, took) = world.get().await;
        assert!(got.is_ok() && took <= 255 * MS, "{took:?}");
    }
    assert_eq!(world.calls(), 50);
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_of_silence_cost_one_long_read_and_a_probe_every_second_or_two() {
    let world = World::new(|_| Rule::Hang);
    let (error, took) = world.get().await;
    assert!(error.unwrap_err().is_unavailable() && took <= 1_760 * MS, "{took:?}");
    assert_eq!(world.calls(), 2);
    let (start, mut reads) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_mins(10) {
        let (error, took) = world.get().await;
        assert!(error.unwrap_err().is_unavailable() && took <= 251 * MS, "{took:?} after {:?}", start.elapsed());
        reads += 1;
        sleep(40 * MS).await;
    }
    let calls = world.calls();
    println!("{reads} reads in ten minutes of silence made {calls} calls");
    assert!(reads > 9_000 && (300..=620).contains(&calls), "{calls} calls for {reads} reads");
    // It returns, and takes a second: longer than a request waits for a probe.
    world.rule(|_| Rule::Delay(Duration::from_secs(1)));
    sleep(3_000 * MS).await;
    assert!(world.get().await.0.is_err());
    sleep(1_000 * MS).await;
    assert!(world.get().await.0.is_ok(), "the probe went on when its request was over");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_its_caller_gave_up_on_tells_the_breaker_all_the_same() {
    let world = World::new(|_| Rule::Hang);
    for _ in 0..20 {
        assert!(timeout(100 * MS, world.get()).await.is_err() || world.calls.load(Ordering::Relaxed) <= 12);
        sleep(100 * MS).await;
    }
    assert!(world.calls() <= 12, "a caller with less patience than a try would hide the silence");
    assert!(world.get().await.1 <= 251 * MS);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_out_of_time_says_nothing_about_the_table() {
    let world = World::new(|_| Rule::Delay(200 * MS));
    for _ in 0..20 {
        let short = Cx::new(Clock::system(), "test", 100 * MS);
        world.things.get(&short, &Thing::new(1).id, Consistency::Eventual).await.unwrap_err();
    }
    assert!(world.get().await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_throttled_closes_nothing_to_the_others() {
    let world = World::new(|call| match call.body["Key"]["pk"]["S"].as_str() {
        Some("thing#hot") => Rule::refuse(400, "ProvisionedThroughputExceededException"),
        _ => Rule::Pass,
    });
    for _ in 0..200 {
        let hot = world.things.get(&request(), &"hot".to_owned(), Consistency::Eventual).await;
        assert!(hot.unwrap_err().is_unavailable());
        assert!(world.get().await.0.is_ok());
    }
    let calls = world.calls();
    assert!(calls <= 200 * 4 + 40, "each success pays for two repetitions: {calls}");
}

#[tokio::test(start_paused = true)]
async fn with_half_of_all_tries_failing_nearly_all_reads_writes_and_pages_succeed() {
    for failing in [|| Rule::refuse(500, "InternalServerError"), || Rule::Cut] {
        let (tables, dice) = (Tables::new(), Mutex::new(Dice(7)));
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        let client = tables.client_in_process(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            if dice.lock().unwrap().roll(2) == 0 { failing() } else { Rule::Pass }
        });
        let things: Table<Thing> = tables.table(&client, "Products", Shards::ONE);
        let pages: Table<Thing> = tables.table(&client, "Products", shards("32"));
        let mut succeeded = [0; 3];
        for n in 0..500 {
            let (cx, thing) = (request(), Thing::new(n));
            succeeded[0] += usize::from(things.get(&cx, &thing.id, Consistency::Eventual).await.is_ok());
            succeeded[1] += usize::from(things.create(&cx, &thing).await.is_ok());
            succeeded[2] += usize::from(pages.list(&cx, &all(), 20, None).await.is_ok());
        }
        let calls = calls.load(Ordering::Relaxed);
        println!("of 500 reads, writes and pages each {succeeded:?} succeeded, in {calls} calls");
        assert!(succeeded.iter().all(|n| *n >= 485), "{succeeded:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_everything_fails_a_call_is_soon_one_try() {
    let world = World::new(|_| Rule::refuse(500, "InternalServerError"));
    for _ in 0..100 {
        assert!(world.get().await.0.unwrap_err().is_unavailable());
    }
    assert_eq!(world.calls(), 140, "forty repetitions, and then none");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_sent_is_waited_for_while_reads_open_the_breaker() {
    let world = World::new(|call| match call.operation.as_str() {
        "PutItem" => Rule::Delay(2_000 * MS),
        _ => Rule::Hang,
    });
    let (written, (read, _)) = tokio::join!(
        async {
            sleep(100 * MS).await;
            world.things.create(&request(), &Thing::new(1)).await
        },
        world.get()
    );
    assert!(read.is_err() && written.is_ok(), "{written:?}");
}

/// What becomes of the first calls of an operation, one after the other.
fn first(operation: &'static str, rules: Vec<fn() -> Rule>) -> impl Fn(&Call) -> Rule + Send + Sync + 'static {
    let calls = AtomicU32::new(0);
    move |call| {
        let at = || calls.fetch_add(1, Ordering::Relaxed) as usize;
        (call.operation == operation).then(at).and_then(|at| rules.get(at)).map_or(Rule::Pass, |rule| rule())
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_before_a_lock_is_met_is_no_conflict() {
    let tables = Tables::new();
    let lost: fn() -> Rule = || Rule::Lose(500, error("InternalServerError"));
    let silent: fn() -> Rule = || Rule::Unanswered;
    for answer in [lost, silent] {
        let locked = || Rule::refuse(400, "TransactionConflictException");
        let client = tables.client_in_process(first("PutItem", vec![answer, locked]));
        let things: Table<Thing> = tables.table(&client, "Products", Shards::ONE);
        let thing = Thing::new(1);
        things.create(&request(), &thing).await.unwrap();
        let client = tables.client_in_process(first("DeleteItem", vec![answer, locked]));
        let things: Table<Thing> = tables.table(&client, "Products", Shards::ONE);
        let here = shared::table::Condition::At(thing.version);
        things.delete_if(&request(), &thing.id, &here).await.unwrap();
        let again = things.delete_if(&request(), &thing.id, &here).await;
        assert!(matches!(again, Err(TableError::Conflict { current: None })), "{again:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_carried_out_once_however_its_answers_are_lost() {
    let tables = Tables::new();
    let conflict = || {
        let mut body = error("TransactionCanceledException");
        body["CancellationReasons"] = json!([{"Code": "TransactionConflict", "Message": "ongoing"}]);
        Rule::Instead(400, body)
    };
    let lose = || Rule::Lose(500, error("InternalServerError"));
    let client = tables.client_in_process(first("TransactWriteItems", vec![|| Rule::Unanswered, conflict, lose]));
    let counters = shared::table::Counters::new(&client, tables.name("Counters"), Shards::ONE);
    let mut adds = shared::table::Adds::default();
    adds.add("views", "2026-11", "a", 1);
    client.transact(&request(), counters.adding(&adds)).await.unwrap();
    let sum = counters.sum(&request(), "views", "2026-11", "a", Consistency::Strong).await.unwrap();
    assert_eq!(sum, 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_strong_read_does_not_find_any_more_is_gone_from_the_batch() {
    let tables = Tables::new();
    let stale = json!({"pk": {"S": "thing#00000001"}, "id": {"S": "00000001"}, "color": {"S": "red"},
        "text": {"S": ""}, "deleted": {"BOOL": false}, "version": {"N": "1"}});
    let name = tables.name("Products");
    let client = tables.client_in_process(move |call| {
        if call.operation == "BatchGetItem" && call.is_eventual(&name) {
            return Rule::Instead(200, json!({"Responses": {&name: [stale]}, "UnprocessedKeys": {}}));
        }
        Rule::Pass
    });
    let things: Table<Thing> = tables.table(&client, "Products", Shards::ONE);
    let cx = request();
    cx.seen.note("thing#00000001", shared::version::Version(2));
    let found = things.get_many(&cx, &[Thing::new(1).id], Consistency::Eventual).await.unwrap();
    assert_eq!(found, [None]);
}

#[tokio::test(start_paused = true)]
async fn another_table_is_asked_while_one_is_silent() {
    let tables = Tables::new();
    let silent = tables.name("Products");
    let client = tables.client_in_process(move |call| match call.body["TableName"].as_str() {
        Some(name) if name == silent => Rule::Hang,
        _ => Rule::Pass,
    });
    let things = |name| tables.table::<Thing>(&client, name, Shards::ONE);
    let (dead, alive) = (things("Products"), things("Users"));
    let (id, cx) = (Thing::new(1).id, request());
    let reads = join_all((0..5).map(|_| dead.get(&cx, &id, Consistency::Strong))).await;
    assert!(reads.iter().all(Result::is_err));
    assert!(dead.get(&cx, &id, Consistency::Strong).await.is_err());
    assert!(alive.get(&cx, &id, Consistency::Strong).await.is_ok());
    // A transaction over both is refused before it is sent, and nothing is known to have happened.
    let refused = client.transact(&cx, vec![alive.creating(&Thing::new(2)), dead.creating(&Thing::new(2))]).await;
    assert!(refused.unwrap_err().is_unavailable() && cx.event.counted("table_refused") >= 2);
}
