//! A worker dies at every point where it waits, one after the other.

use crate::helpers::{MailWorker, START, TIME, json_of};
use serde_json::Value;
use shared::{
    context::Cx,
    idempotency::{Idempotency, RecordKey, payload_hash},
    queue::Delivery,
    table::{Consistency, Counters, Shards},
};
use std::time::Duration;
use tests::{dynamo::Tables, kill};

/// Longer than any lock and any visibility timeout.
const LONG: Duration = Duration::from_mins(5);

#[tokio::test]
async fn an_email_is_never_lost_and_sent_twice_only_if_the_kill_fell_between_ses_and_the_record() {
    let tables = Tables::new();
    let worker = MailWorker::quiet(&tables);
    let once = Idempotency::new(&tables.client(), tables.name("Once"));
    let (mut kills, mut unrecorded, mut twice) = (0, 0, 0);
    for polls in 1.. {
        let thing = format!("after {polls}");
        worker.queues.push("mails", json_of(&thing));
        let event = worker.queues.receive("mails", |_| 0).unwrap();
        let answer = kill::after_polls(worker.invoke(&event), polls).await;
        let mailed = worker.mailbox.count(&thing);
        if let Some(answer) = &answer {
            worker.queues.settle("mails", &event, answer);
        } else {
            kills += 1;
            let recorded = recorded(&once, &worker, &thing).await;
            unrecorded += usize::from(mailed == 1 && !recorded);
        }
        worker.clock.advance(LONG);
        worker.drain().await;
        assert!(worker.queues.messages("mails").is_empty() && worker.queues.messages("mails-dlq").is_empty());
        match worker.mailbox.count(&thing) {
            1 => {}
            2 if mailed == 1 => twice += 1,
            other => panic!("{other} e-mails after {polls} polls"),
        }
        if answer.is_some() {
            break;
        }
    }
    println!("{kills} kills, {unrecorded} between SES and the record, {twice} e-mails twice");
    assert!(kills >= 5, "{kills} kills are too few to be every point");
    assert!(twice <= unrecorded, "{twice} twice, {unrecorded} kills in the window");
}

/// Whether the record says that the work is done.
async fn recorded(once: &Idempotency, worker: &MailWorker, thing: &str) -> bool {
    let body: Value = serde_json::from_str(&json_of(thing)).unwrap();
    let hash = payload_hash(&body["body"]).unwrap();
    let delivery = Delivery::first("mails", body["id"].as_str().unwrap(), b"");
    let cx = Cx::new(worker.clock.clone(), "request", TIME);
    matches!(once.replay::<()>(&cx, &RecordKey::delivery(&delivery), &hash).await, Ok(Some(())))
}

#[tokio::test]
async fn a_count_is_exact_wherever_the_worker_dies() {
    let tables = Tables::new();
    let client = tables.client();
    let once = Idempotency::new(&client, tables.name("Once"));
    let counters = Counters::new(&client, tables.name("Counters"), "4".parse::<Shards>().unwrap());
    let clock = shared::clock::Clock::manual(START);
    let cx = || Cx::new(clock.clone(), "request", TIME);
    let mut total = 0;
    for polls in 1.. {
        let batch: Vec<_> = (0..3).map(|n| Delivery::first("counts", format!("{polls}/{n}"), b"x")).collect();
        let batch: Vec<_> = batch.iter().collect();
        let cx_of_the_dead = cx();
        let effects = |fresh: &[usize]| super::sums::adds(&counters, fresh.len());
        let alive = kill::after_polls(once.transact_all(&cx_of_the_dead, &batch, effects), polls).await;
        let fates = once.transact_all(&cx(), &batch, effects).await;
        assert!(fates.iter().all(Result::is_ok), "{fates:?}");
        total += 3;
        let sum = counters.sum(&cx(), "views", "today", "thing", Consistency::Strong).await.unwrap();
        assert_eq!(sum, total, "after {polls} polls");
        if alive.is_some() {
            assert!(polls > 2, "{polls} polls are too few to be every point");
            break;
        }
    }
}
