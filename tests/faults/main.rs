//! People shop while what the shop stands on fails: dead, hanging, slow, wrong, one thing after the
//! other, with the rate limits that go to AWS. What each of them then gets is in
//! docs/DEGRADATION.md, and this holds the shop to it.
//!
//! One cloud of its own, whose functions reach Valkey and AWS through a network that fails on
//! purpose ([`faults`]).

// A whole run is one future.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod events;
mod people;
mod requests;
mod scenarios;
mod seen;
mod settled;
mod stage;

use people::Person;
use scenarios::{KEPT, Scenario};
use seen::History;
use stage::Stage;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

/// Each with an address of their own, so that the limits of one are not those of all.
const PEOPLE: usize = 6;

#[tokio::test]
async fn people_shop_while_dependencies_fail_and_no_order_is_lost_doubled_or_shown_to_a_stranger() {
    let stage = Arc::new(Stage::start());
    let history = Arc::new(History::default());
    let people = people::sign_up(&stage, &history, PEOPLE).await;
    let kept = stage.kept().await;
    for scenario in scenarios::all() {
        if scenario.name == KEPT {
            // What was kept for it has ended by then, and is served because there is nothing
            // better.
            sleep(Duration::from_secs(64).saturating_sub(kept.since.elapsed())).await;
        }
        scenario.set(&stage.faults);
        history.begin(scenario.name);
        eprintln!("  {} ...", scenario.name);
        shop(&stage, &people, &scenario).await;
        if scenario.name == KEPT {
            stage.look_at(&kept, &history).await;
        }
        scenario.clear(&stage.faults);
    }
    history.begin("settled");
    for person in &people {
        person.settle().await;
    }
    let mut wrong = scenarios::judge(&history);
    wrong.extend(settled::orders(&people).await);
    wrong.extend(settled::mails(&people).await);
    wrong.extend(events::never(&stage, &history).await);
    println!("{}", history.table());
    assert!(wrong.is_empty(), "\n{}\n{}", wrong.join("\n"), history.table());
}

/// Everybody does what people do, for the scenario's time.
async fn shop(stage: &Arc<Stage>, people: &[Arc<Person>], scenario: &Scenario) {
    let end = Instant::now() + scenario.time;
    let mut at_work = JoinSet::new();
    for (number, person) in people.iter().enumerate() {
        let (person, others) = (Arc::clone(person), people.to_vec());
        at_work.spawn(async move { person.shop_until(end, &others, number).await });
    }
    // Signing in is limited to five a minute for one account: another person's turn each time.
    let turn = Arc::clone(&people[stage.next_turn() % people.len()]);
    at_work.spawn(async move { turn.sign_in_and_out().await });
    while let Some(done) = at_work.join_next().await {
        done.unwrap();
    }
}
