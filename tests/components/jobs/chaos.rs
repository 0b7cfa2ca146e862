//! Everything at once: duplicates, disorder, poison, kills, and services that fail one request in twenty.

use super::{Dice, Post, START, counted, relays};
use serde_json::{Value, json};
use shared::clock::Clock;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{
    dynamo::Tables,
    killed,
    meddler::{Rule, error},
    post::Mailbox,
    queues::{Fault, Queues},
};

/// One request in so many fails: half of them before their effect, half after.
const FAILS: usize = 20;
/// One invocation in so many is killed.
const KILLED: usize = 5;

fn things() -> usize {
    std::env::var("CHAOS_THINGS").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

fn dice(seed: u64) -> Arc<Mutex<Dice>> {
    Arc::new(Mutex::new(Dice(seed)))
}

fn roll(dice: &Mutex<Dice>, sides: usize) -> usize {
    dice.lock().unwrap().roll(sides)
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_done_twice() {
    let seed = std::env::var("CHAOS_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(7);
    println!("CHAOS_SEED={seed}");
    let dice = dice(seed);
    let clock = Clock::manual(START);
    let tables = Tables::new();
    let rolls = Arc::clone(&dice);
    let client = tables.client_through(move |_| match roll(&rolls, FAILS * 2) {
        0 => Rule::refuse(500, "InternalServerError"),
        1 => Rule::Lose(500, error("InternalServerError")),
        _ => Rule::Pass,
    });
    let rolls = Arc::clone(&dice);
    let queues = Queues::with(&clock, move |_| match roll(&rolls, FAILS * 2) {
        0 => Fault::Before,
        1 => [Fault::After, Fault::Half][roll(&rolls, 2)],
        _ => Fault::None,
    });
    let names: Vec<_> = (0..things()).map(|n| n.to_string()).collect();
    let unread = relay(&dice, &clock, &queues, &names).await;
    let (mut poison, mut graves) = (0, BTreeSet::new());
    for queue in ["mails", "counts"] {
        for message in queues.messages(queue) {
            for _ in 0..roll(&dice, 5) {
                queues.push(queue, message.body.clone());
            }
            if roll(&dice, 100) == 0 {
                queues.push(queue, format!("poison {}", message.id));
                poison += 1;
            }
        }
    }
    let post = Post::new(&tables, &client, clock.clone(), Arc::clone(&queues), Mailbox::new());
    let counts = counted::consumer(&tables, &client, &clock, &queues);
    let mut at_the_mailbox = 0;
    let mut kills = 0;
    for turn in 0.. {
        assert!(turn < 20_000, "it does not come to an end");
        let queue = ["mails", "counts"][turn % 2];
        let Some(event) = queues.receive(queue, |n| roll(&dice, n)) else {
            if queues.messages("mails").is_empty() && queues.messages("counts").is_empty() {
                if !redrive(&queues, &mut graves) {
                    break;
                }
            } else {
                clock.advance(Duration::from_secs(20));
            }
            continue;
        };
        let polls = if roll(&dice, KILLED) == 0 { 1 + roll(&dice, 60) } else { usize::MAX };
        let before = post.mailbox.total();
        let answer = if queue == "mails" {
            killed::after_polls(post.invoke(&event), polls).await
        } else {
            killed::after_polls(counted::invoke(&counts, &event), polls).await
        };
        if let Some(answer) = answer {
            queues.settle(queue, &event, &answer);
        } else {
            kills += 1;
            at_the_mailbox += post.mailbox.total() - before;
        }
    }
    let mailed: Vec<_> = names.iter().map(|name| post.mailbox.count(name)).collect();
    let twice: usize = mailed.iter().map(|n| n.saturating_sub(1)).sum();
    println!("{} things, {kills} kills; e-mails: {twice} twice, {at_the_mailbox} sent by the killed", names.len());
    assert!(mailed.iter().all(|n| *n >= 1), "an e-mail was lost");
    assert!(twice <= at_the_mailbox, "{twice} twice, and the killed sent {at_the_mailbox}");
    assert_eq!(counted::sum(&tables).await, i64::try_from(names.len()).unwrap(), "the sum is exact");
    assert_eq!(graves.len(), poison, "poison is in the dead-letter queues");
    let letters: BTreeSet<_> = queues.messages("relay-dlq").into_iter().map(|m| m.body).collect();
    assert_eq!(letters.len(), unread, "each record that cannot be read, with its reason");
}

/// Relays one creation of each thing, batch by batch, as Lambda does it: from the checkpoint on when there is one, all of
/// it again after a kill. One record in a hundred cannot be read; the number of those.
async fn relay(dice: &Mutex<Dice>, clock: &Clock, queues: &Arc<Queues>, names: &[String]) -> usize {
    let relayer = relays::relayer(clock, queues);
    let mut records: Vec<Value> = Vec::new();
    let mut unread = 0;
    for (n, name) in names.iter().enumerate() {
        if roll(dice, 100) == 0 {
            unread += 1;
            records.push(json!({"unread": n, "dynamodb": {"SequenceNumber": format!("u{n}")}}));
        }
        records.push(relays::created(name, n));
    }
    let mut from = 0;
    while from < records.len() {
        let batch = &records[from..records.len().min(from + 20)];
        let event = serde_json::from_value(json!({"Records": batch})).unwrap();
        let polls = if roll(dice, KILLED) == 0 { 1 + roll(dice, 30) } else { usize::MAX };
        let Some(answer) = killed::after_polls(relayer.batch("request", super::TIME, event), polls).await else {
            continue;
        };
        let answer = serde_json::to_value(answer).unwrap();
        let first = answer["batchItemFailures"].get(0).map(|f| f["itemIdentifier"].clone());
        let again = first.and_then(|first| batch.iter().position(|r| r["dynamodb"]["SequenceNumber"] == first));
        from += again.unwrap_or(batch.len());
    }
    unread
}

/// Looks into the dead-letter queues as a person would: what is poison stays, and says so; what only was unlucky five
/// times is driven back. Whether there was any.
fn redrive(queues: &Queues, graves: &mut BTreeSet<String>) -> bool {
    let mut any = false;
    for queue in ["mails", "counts"] {
        let (poison, unlucky): (Vec<_>, Vec<_>) =
            queues.take(&format!("{queue}-dlq")).into_iter().partition(|m| m.body.starts_with("poison "));
        for message in &poison {
            let reason = message.reason.as_deref().unwrap_or_default();
            // Without a reason it was killed with its batch five times, and the queue gave up on it.
            assert!(reason.is_empty() || reason.starts_with("poison: envelope: "), "{message:?}");
            graves.insert(format!("{queue} {}", message.body));
        }
        any |= !unlucky.is_empty();
        for message in unlucky {
            queues.push(queue, message.body);
        }
    }
    any
}
