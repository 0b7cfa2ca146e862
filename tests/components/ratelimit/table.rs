//! Limits without L2, in a table.

use super::*;
use futures_util::future::join_all;
use shared::telemetry::fields;
use shared::{
    ratelimit::By,
    table::{AtomicCounters, Client},
};
use tests::line::ReadLine as _;
use tests::{
    dynamo::Tables,
    fault_injector::{Rule, error},
};

const QUOTA: u16 = 20;

fn limits_at(tables: &Tables, client: &Client, limits: &[Limit]) -> Limits {
    let store = Store { shared: None, table: Some(AtomicCounters::new(client, tables.name("Limits"))) };
    Limits::new("sign-in", limits, &Vars::from_pairs([("", "")]), store).unwrap()
}

#[tokio::test]
async fn fifty_environments_at_once_admit_exactly_the_quota() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client();
    let all = [Limit::per_minute(QUOTA), Limit::per_hour(1_000)];
    let caller = somebody("203.0.113.7");
    for minute in 0..2 {
        let admitted = join_all((0..50).map(async |_| {
            let limits = limits_at(&tables, &client, &all);
            u16::from(limits.take(&cx(&clock), &caller, 1).await.is_admitted())
        }))
        .await;
        assert_eq!(admitted.iter().sum::<u16>(), QUOTA, "minute {minute}");
        clock.advance(Duration::from_secs(63));
    }
}

#[tokio::test]
async fn a_refusal_uses_up_nothing_and_locks_out_nobody_else() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client();
    let all = [Limit::per_minute(2).by(By::Account), Limit::per_minute(5)];
    let attacker = somebody("203.0.113.7");
    let ada = attacker.clone().naming("ada@shop.example");
    for expected in [[1, 4], [0, 3], [0, 3], [0, 3]] {
        let verdict = limits_at(&tables, &client, &all).take(&cx(&clock), &ada, 1).await;
        assert_eq!(verdict.said.iter().map(|said| said.remaining).collect::<Vec<_>>(), expected);
    }
    for (caller, admitted) in [
        (attacker.clone().naming("bob@shop.example"), true),
        (ada, false),
        (somebody("198.51.100.1").naming("ada@shop.example"), true),
    ] {
        assert_eq!(limits_at(&tables, &client, &all).take(&cx(&clock), &caller, 1).await.is_admitted(), admitted);
    }
}

/// The table takes back what was refused, and the answer is lost: a second try would take back what
/// another had.
#[tokio::test]
async fn what_is_taken_back_is_taken_back_once() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client_through(|call| {
        if call.body["ExpressionAttributeValues"][":n0"]["N"] == "-1" {
            Rule::Lose(500, error("InternalServerError"))
        } else {
            Rule::Pass
        }
    });
    let mut admitted = 0;
    for _ in 0..20 {
        // Each in an environment of its own, which has not heard of the others' refusals.
        let limits = limits_at(&tables, &client, &[Limit::per_minute(5)]);
        admitted += u16::from(limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted());
    }
    assert_eq!(admitted, 5);
}

#[tokio::test]
async fn no_window_has_more_than_the_quota_and_a_steady_overload_gets_its_share() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client();
    let (mut ours, mut exact) = (Log::new(QUOTA, Duration::from_mins(1)), Log::new(QUOTA, Duration::from_mins(1)));
    let (mut admitted, mut possible, mut dice) = (0, 0, Dice(7));
    let limits = limits_at(&tables, &client, &[Limit::per_minute(QUOTA)]);
    for call in 0..1_800 {
        let burst = call >= 1_400;
        clock.advance(Duration::from_millis(if burst { dice.below(2) * dice.below(9_000) } else { 1_000 }));
        let now = clock.now_ms() * 1000;
        if limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted() {
            admitted += i32::from(!burst);
            assert!(ours.note(now, 1) <= i64::from(QUOTA), "call {call}");
        }
        possible += i32::from(exact.take(now, 1) && !burst);
    }
    assert!(f64::from(admitted) >= 0.95 * f64::from(possible), "{admitted} of {possible}");
}

#[tokio::test]
async fn what_is_over_does_not_pile_up_in_the_item() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client();
    let table = AtomicCounters::new(&client, tables.name("Limits"));
    let limits = limits_at(&tables, &client, &[Limit::per_minute(QUOTA).by(By::Account), Limit::per_minute(1_000)]);
    let event = cx(&clock);
    for call in 0..600 {
        limits.take(&event, &somebody("203.0.113.7").naming(&format!("{call}@shop.example")), 1).await;
        clock.advance(Duration::from_secs(5));
    }
    let left = table.add(&cx(&clock), "limit#{n:203.0.113.7}:sign-in", &[], &[], 0).await.unwrap();
    // Two numbers each five seconds: those of the last two windows and what is swept together.
    assert!(left.len() < 120, "{} numbers", left.len());
    assert!(event.counted(fields::TABLE_WRITES) < 660, "{} writes", event.counted(fields::TABLE_WRITES));
}

#[tokio::test]
async fn abuse_costs_no_write() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let limits = limits_at(&tables, &tables.client(), &[Limit::per_minute(2)]);
    for _ in 0..3 {
        limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await;
    }
    let abused = cx(&clock);
    for _ in 0..100 {
        assert!(!limits.take(&abused, &somebody("203.0.113.7"), 1).await.is_admitted());
    }
    assert_eq!(abused.counted(fields::TABLE_WRITES), 0);
}

#[tokio::test]
async fn a_table_that_is_gone_leaves_the_limit_to_each_environment() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client_through(|_| Rule::refuse(400, "ValidationException"));
    let limits = limits_at(&tables, &client, &[Limit::per_minute(QUOTA)]);
    let mut admitted = 0;
    for _ in 0..50 {
        admitted += u16::from(limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted());
    }
    assert_eq!(admitted, QUOTA);
}
