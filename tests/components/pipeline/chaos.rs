//! All faults at once, on the shop's own workers: duplicates, disorder, poison, kills, and services
//! that fail one request in twenty.

use super::{Pipeline, orders};
use crate::helpers::{Dice, START};
use functions::orders::Order;
use serde_json::json;
use shared::clock::Clock;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{
    fault_injector::{Rule, error},
    kill,
    sqs::{Fault, Queues},
};

/// One request in so many fails: half of them before their effect, half after.
pub(crate) const FAILS: usize = 20;
/// One invocation in so many is killed.
const KILLED: usize = 5;
pub(crate) const QUEUES: [&str; 2] = ["email", "analytics"];
const PEOPLE: usize = 20;

pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

pub(crate) fn roll(dice: &Mutex<Dice>, sides: usize) -> usize {
    dice.lock().unwrap().roll(sides)
}

/// After how many polls an invocation dies; mostly never.
fn fate(dice: &Mutex<Dice>, most: usize) -> usize {
    if roll(dice, KILLED) == 0 { 1 + roll(dice, most) } else { usize::MAX }
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_done_twice() {
    let (seed, count) = (setting("CHAOS_SEED", 7), usize::try_from(setting("CHAOS_ORDERS", 200)).unwrap());
    println!("CHAOS_SEED={seed} CHAOS_ORDERS={count}");
    let dice = Arc::new(Mutex::new(Dice(seed)));
    let clock = Clock::manual(START);
    let rolls = Arc::clone(&dice);
    let queues = Queues::with(&clock, move |_| match roll(&rolls, FAILS * 2) {
        0 => Fault::Before,
        1 => [Fault::After, Fault::Half][roll(&rolls, 2)],
        _ => Fault::None,
    });
    let rolls = Arc::clone(&dice);
    let pipeline = Pipeline::with(&clock, queues, move |_| match roll(&rolls, FAILS * 2) {
        0 => Rule::refuse(500, "InternalServerError"),
        1 => Rule::Lose(500, error("InternalServerError")),
        _ => Rule::Pass,
    })
    .await;
    pipeline.open_accounts(PEOPLE).await;
    let orders = orders::random_orders(&mut dice.lock().unwrap(), count, PEOPLE);
    let unread = relay(&dice, &pipeline, &orders).await;
    let poison = spoil(&dice, &pipeline.queues);
    let mut run = Run { pipeline: &pipeline, dice: &dice, graves: BTreeSet::new(), kills: 0, mailed_by_the_dead: 0 };
    run.finish().await;

    let mailed: Vec<_> = orders.iter().map(|o| pipeline.mailbox.count(&format!("Your order {}", o.id))).collect();
    let twice: usize = mailed.iter().map(|n| n.saturating_sub(1)).sum();
    println!(
        "{count} orders, {} kills; e-mails: {twice} twice, {} kills fell after SES's answer and before the record",
        run.kills, run.mailed_by_the_dead
    );
    assert!(mailed.iter().all(|n| *n >= 1), "an e-mail was lost");
    assert!(twice <= run.mailed_by_the_dead, "{twice} twice, and the killed sent {}", run.mailed_by_the_dead);
    pipeline.check_counts(&orders).await;
    assert_eq!(run.graves.len(), poison, "poison is in the dead-letter queues");
    let letters: BTreeSet<_> = pipeline.queues.messages("relay-dlq").into_iter().map(|m| m.body).collect();
    assert_eq!(letters.len(), unread, "each record that cannot be read, with its reason");
    assert!(QUEUES.iter().all(|queue| pipeline.queues.messages(queue).is_empty()), "something is in flight");
}

/// Relays the orders, batch by batch, as Lambda does it: from the checkpoint on when there is one,
/// all of it again after a kill. One record in a hundred cannot be read; the number of those.
async fn relay(dice: &Mutex<Dice>, pipeline: &Pipeline, orders: &[Order]) -> usize {
    let (mut records, mut unread) = (Vec::new(), 0);
    for (n, order) in orders.iter().enumerate() {
        if roll(dice, 100) == 0 {
            unread += 1;
            records.push(json!({"unread": n, "dynamodb": {"SequenceNumber": format!("u{n}")}}));
        }
        records.push(orders::record(order, n));
    }
    let mut from = 0;
    while from < records.len() {
        let batch = &records[from..records.len().min(from + 20)];
        let event = serde_json::from_value(json!({"Records": batch})).unwrap();
        let work = pipeline.relayer.batch("request", crate::helpers::TIME, event);
        let Some(answer) = kill::after_polls(work, fate(dice, 30)).await else { continue };
        let answer = serde_json::to_value(answer).unwrap();
        let first = answer["batchItemFailures"].get(0).map(|f| f["itemIdentifier"].clone());
        let again = first.and_then(|first| batch.iter().position(|r| r["dynamodb"]["SequenceNumber"] == first));
        from += again.unwrap_or(batch.len());
    }
    unread
}

/// Puts every message on its queue up to four times more, and poison beside one in a hundred; how
/// much poison.
pub(crate) fn spoil(dice: &Mutex<Dice>, queues: &Queues) -> usize {
    let mut poison = 0;
    for queue in QUEUES {
        for message in queues.messages(queue) {
            for _ in 0..roll(dice, 5) {
                queues.push(queue, message.body.clone());
            }
            if roll(dice, 100) == 0 {
                queues.push(queue, format!("poison {}", message.id));
                poison += 1;
            }
        }
    }
    poison
}

struct Run<'a> {
    pipeline: &'a Pipeline,
    dice: &'a Mutex<Dice>,
    graves: BTreeSet<String>,
    kills: usize,
    /// E-mails that were sent by an invocation that was killed before it could say so.
    mailed_by_the_dead: usize,
}

impl Run<'_> {
    /// Works until all queues are empty and what was unlucky was driven back.
    async fn finish(&mut self) {
        let queues = &self.pipeline.queues;
        for turn in 0.. {
            assert!(turn < 1_000_000, "it does not come to an end");
            let queue = QUEUES[turn % QUEUES.len()];
            let Some(event) = queues.receive(queue, |n| roll(self.dice, n)) else {
                if QUEUES.iter().any(|queue| !queues.messages(queue).is_empty()) {
                    self.pipeline.clock.advance(Duration::from_secs(20));
                } else if !self.redrive() {
                    return;
                }
                continue;
            };
            let before = self.pipeline.mailbox.total();
            let answer = kill::after_polls(self.pipeline.invoke(queue, &event), fate(self.dice, 80)).await;
            if let Some(answer) = answer {
                queues.settle(queue, &event, &answer);
            } else {
                self.kills += 1;
                self.mailed_by_the_dead += self.pipeline.mailbox.total() - before;
            }
        }
    }

    /// Looks into the dead-letter queues as a person would: what is poison stays, and says so; what
    /// only was unlucky five times is driven back. Whether there was any.
    fn redrive(&mut self) -> bool {
        let mut any = false;
        for queue in QUEUES {
            for message in self.pipeline.queues.take(&format!("{queue}-dlq")) {
                if message.body.starts_with("poison ") {
                    let reason = message.reason.as_deref().unwrap_or_default();
                    // Without a reason it was killed with its batch time and again, and the queue
                    // gave up on it.
                    assert!(reason.is_empty() || reason.starts_with("poison: envelope: "), "{message:?}");
                    self.graves.insert(format!("{queue} {}", message.body));
                } else {
                    any = true;
                    self.pipeline.queues.push(queue, message.body);
                }
            }
        }
        any
    }
}
