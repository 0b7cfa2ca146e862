//! The same chaos with the functions as processes, as Lambda runs them. SIGKILL ends them at any
//! moment. The test is ignored elsewhere: `make test-jobs` builds the functions and runs it.

use super::{
    Pipeline,
    chaos::{FAILS, QUEUES, roll, setting, spoil},
    orders,
};
use crate::helpers::Dice;
use functions::orders::Order;
use serde_json::{Value, json};
use shared::clock::Clock;
use std::{
    env,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tests::{
    lambda_runtime::Function,
    loopback::Loopback,
    sqs::{Fault, Queues},
};

/// One invocation in so many is killed, at a moment of its first 60 ms, which is about what one
/// takes.
const KILLED: usize = 20;
const MOMENTS_US: usize = 60_000;
/// What an invocation has. Its locks last as long, and five seconds; what it holds is hidden for
/// longer.
const LIMIT: Duration = Duration::from_secs(4);
const HIDDEN_MS: i64 = 10_000;
const PEOPLE: usize = 20;
const PATIENCE: Duration = Duration::from_hours(1);

/// A function's binary, where the local cloud's build puts it: `target/lambda/<name>/bootstrap`.
fn program(name: &str) -> PathBuf {
    let own = env::current_exe().unwrap();
    // `<target>/<triple>/<profile>/deps/<this test>`
    let program = own.ancestors().nth(4).unwrap().join("lambda").join(name).join("bootstrap");
    assert!(program.exists(), "{} is not built; build it first: python3 localstack/cloud.py build", program.display());
    program
}

/// A function that is started again when it was killed.
struct Immortal<'a> {
    program: PathBuf,
    variables: Vec<(String, String)>,
    process: Option<Function>,
    dice: &'a Mutex<Dice>,
    kills: usize,
}

impl<'a> Immortal<'a> {
    fn new(name: &str, variables: Vec<(String, String)>, dice: &'a Mutex<Dice>) -> Self {
        Self { program: program(name), variables, process: None, dice, kills: 0 }
    }

    fn invoke(&mut self, event: &Value) -> Option<Value> {
        let variables: Vec<_> = self.variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let function = self.process.get_or_insert_with(|| Function::start(&self.program, &variables));
        let answer = if roll(self.dice, KILLED) == 0 {
            let moment = Duration::from_micros(u64::try_from(roll(self.dice, MOMENTS_US)).unwrap());
            function.invoke_and_kill(event, LIMIT, moment)
        } else {
            function.invoke(event, LIMIT + Duration::from_secs(5))
        };
        if !function.is_alive() {
            self.kills += 1;
            self.process = None;
            // What it had sent arrives all the same.
            thread::sleep(Duration::from_millis(50));
        }
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the functions' binaries, and minutes: make test-jobs"]
async fn nothing_is_lost_and_nothing_done_twice_though_processes_are_killed() {
    let (seed, count) = (setting("CHAOS_SEED", 7), usize::try_from(setting("CHAOS_ORDERS", 200)).unwrap());
    println!("CHAOS_SEED={seed} CHAOS_ORDERS={count}");
    let dice = Arc::new(Mutex::new(Dice(seed)));
    let clock = Clock::system();
    let rolls = Arc::clone(&dice);
    let fault = move || match roll(&rolls, FAILS * 2) {
        0 => Fault::Before,
        1 => Fault::After,
        _ => Fault::None,
    };
    let queue_fault = fault.clone();
    let queues = Queues::with(&clock, move |_| queue_fault());
    queues.hide_for(HIDDEN_MS);
    let pipeline = Pipeline::with(&clock, queues, |_| tests::fault_injector::Rule::Pass).await;
    let aws =
        Loopback::start(pipeline.queues.service(), pipeline.mailbox.service(), &pipeline.dynamo(), Box::new(fault));
    pipeline.open_accounts(PEOPLE).await;
    let orders = orders::random_orders(&mut dice.lock().unwrap(), count, PEOPLE);

    let mut relay = Immortal::new("relay-orders", pipeline.variables(&aws.url(), "none"), &dice);
    relay_all(&mut relay, &orders);
    let poison = spoil(&dice, &pipeline.queues);
    let (kills, by_the_dead) = (AtomicUsize::new(relay.kills), AtomicUsize::new(0));
    thread::scope(|scope| {
        for queue in QUEUES.into_iter().cycle().take(4) {
            let variables = pipeline.variables(&aws.url(), &format!("{queue}-dlq"));
            let mut worker = Immortal::new(queue, variables, &dice);
            let (pipeline, kills, by_the_dead, dice) = (&pipeline, &kills, &by_the_dead, &dice);
            scope.spawn(move || {
                work(pipeline, queue, &mut worker, by_the_dead, dice);
                kills.fetch_add(worker.kills, Ordering::SeqCst);
            });
        }
    });

    let mailed: Vec<_> = orders.iter().map(|o| pipeline.mailbox.count(&subject(&o.id.to_string()))).collect();
    let twice: usize = mailed.iter().map(|n| n.saturating_sub(1)).sum();
    let by_the_dead = by_the_dead.into_inner();
    println!(
        "{count} orders, {} kills; e-mails: {twice} twice, {by_the_dead} were sent by the killed",
        kills.into_inner()
    );
    assert!(mailed.iter().all(|n| *n >= 1), "an e-mail was lost");
    assert!(twice <= by_the_dead, "{twice} twice, and the killed sent {by_the_dead}");
    pipeline.check_counts(&orders).await;
    let buried: usize = QUEUES.iter().map(|queue| poisoned(&pipeline.queues, queue)).sum();
    assert_eq!(buried, poison, "poison is in the dead-letter queues");
}

fn subject(order: &str) -> String {
    format!("Your order {order}")
}

fn relay_all(relay: &mut Immortal<'_>, orders: &[Order]) {
    let records: Vec<_> = orders.iter().enumerate().map(|(n, order)| orders::record(order, n)).collect();
    let mut from = 0;
    while from < records.len() {
        let batch = &records[from..records.len().min(from + 20)];
        let Some(answer) = relay.invoke(&json!({"Records": batch})) else { continue };
        let first = answer["batchItemFailures"].get(0).map(|f| f["itemIdentifier"].clone());
        let again = first.and_then(|first| batch.iter().position(|r| r["dynamodb"]["SequenceNumber"] == first));
        from += again.unwrap_or(batch.len());
    }
}

/// Works on a queue until it is empty, and drives back what only was unlucky.
fn work(pipeline: &Pipeline, queue: &str, worker: &mut Immortal<'_>, by_the_dead: &AtomicUsize, dice: &Mutex<Dice>) {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let Some(event) = pipeline.queues.receive(queue, |n| roll(dice, n)) else {
            for letter in pipeline.queues.take_if(&format!("{queue}-dlq"), |m| !m.body.starts_with("poison ")) {
                pipeline.queues.push(queue, letter.body);
            }
            if pipeline.queues.messages(queue).is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let before = mails(pipeline, &event);
        match worker.invoke(&event) {
            Some(answer) => pipeline.queues.settle(queue, &event, &answer),
            None if queue == "email" => {
                by_the_dead.fetch_add(mails(pipeline, &event) - before, Ordering::SeqCst);
            }
            None => {}
        }
    }
    panic!("{queue} does not come to an end");
}

/// How many mails there are about the orders of an event.
fn mails(pipeline: &Pipeline, event: &Value) -> usize {
    let order = |record: &Value| {
        let body: Value = serde_json::from_str(record["body"].as_str()?).ok()?;
        Some(body["body"]["order_id"].as_str()?.to_owned())
    };
    let orders: std::collections::BTreeSet<_> = event["Records"].as_array().unwrap().iter().filter_map(order).collect();
    orders.iter().map(|order| pipeline.mailbox.count(&subject(order))).sum()
}

/// How much poison lies in the dead-letter queue, each piece with its reason unless it was killed
/// with its batch.
fn poisoned(queues: &Queues, queue: &str) -> usize {
    let letters = queues.messages(&format!("{queue}-dlq"));
    let good = |reason: &Option<String>| reason.as_ref().is_none_or(|r| r.starts_with("poison: envelope: "));
    assert!(letters.iter().all(|m| good(&m.reason)), "{letters:?}");
    letters.into_iter().map(|m| m.body).collect::<std::collections::BTreeSet<_>>().len()
}
