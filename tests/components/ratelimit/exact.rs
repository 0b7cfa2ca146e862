//! What L2 grants a client, through the layers that a route goes through.

use super::*;
use shared::ratelimit::By;
use shared::telemetry::fields;
use tests::line::ReadLine as _;
use tests::redis::Redis;

#[tokio::test]
async fn a_limit_of_one_admits_one() {
    let (redis, clock) = (Redis::start(), Clock::system());
    let limits = environment(&redis.url(), &[Limit::per_hour(1)]);
    let caller = somebody("203.0.113.7");
    assert!(limits.take(&cx(&clock), &caller, 1).await.is_admitted());
    assert!(!limits.take(&cx(&clock), &caller, 1).await.is_admitted());
    assert!(limits.take(&cx(&clock), &somebody("203.0.113.8"), 1).await.is_admitted(), "another client");
}

#[tokio::test]
async fn a_refusal_by_one_limit_uses_up_none_of_the_others() {
    let (redis, clock) = (Redis::start(), Clock::system());
    let all = [Limit::per_hour(2).by(By::Account), Limit::per_hour(5)];
    let attacker = somebody("203.0.113.7");
    let ada = attacker.clone().naming("ada@shop.example");
    let left = |verdict: &shared::ratelimit::Verdict| verdict.said.iter().map(|s| s.remaining).collect::<Vec<_>>();
    for expected in [[1, 4], [0, 3], [0, 3], [0, 3]] {
        // An environment of its own each: nothing is remembered in memory.
        assert_eq!(left(&environment(&redis.url(), &all).take(&cx(&clock), &ada, 1).await), expected);
    }
    let bob = attacker.clone().naming("bob@shop.example");
    assert_eq!(left(&environment(&redis.url(), &all).take(&cx(&clock), &bob, 1).await), [1, 2]);
    // Who is at another place is not locked out by it.
    let owner = somebody("198.51.100.1").naming("ada@shop.example");
    assert_eq!(left(&environment(&redis.url(), &all).take(&cx(&clock), &owner, 1).await), [1, 4]);
}

#[tokio::test]
async fn a_call_may_cost_more_than_one() {
    let (redis, clock) = (Redis::start(), Clock::system());
    let (all, caller) = ([Limit::per_hour(10)], somebody("203.0.113.7"));
    let mut admitted = Vec::new();
    for cost in [4, 4, 4, 2, 1] {
        admitted.push(environment(&redis.url(), &all).take(&cx(&clock), &caller, cost).await.is_admitted());
    }
    assert_eq!(admitted, [true, true, false, true, false]);
}

#[tokio::test]
async fn abuse_costs_no_round_trip() {
    let (redis, clock) = (Redis::start(), Clock::manual(START));
    let limits = environment(&redis.url(), &[Limit::per_hour(2)]);
    let caller = somebody("203.0.113.7");
    for _ in 0..3 {
        limits.take(&cx(&clock), &caller, 1).await;
    }
    let abused = cx(&clock);
    for _ in 0..1_000 {
        let verdict = limits.take(&abused, &caller, 1).await;
        assert!(verdict.retry_after().is_some_and(|wait| wait > Duration::from_mins(50)), "{verdict:?}");
    }
    assert_eq!((abused.counted(fields::THROTTLED), abused.counted(fields::THROTTLED_L1)), (1_000, 1_000));
    assert_eq!(abused.event.server_timing(), "", "L2 was asked");

    // When the time is over it asks again, and L2, whose clock has not moved, refuses.
    clock.advance(Duration::from_hours(2));
    let later = cx(&clock);
    assert!(!limits.take(&later, &caller, 1).await.is_admitted());
    assert!(later.event.server_timing().contains("valkey"));
}

#[tokio::test]
async fn a_route_without_limits_asks_nobody() {
    let (redis, clock) = (Redis::start(), Clock::system());
    let cx = cx(&clock);
    let verdict =
        environment(&redis.url(), &[Limit::per_minute(1).by(By::Account)]).take(&cx, &somebody("::1"), 1).await;
    assert!(verdict.is_admitted() && verdict.said.is_empty(), "no account is named: {verdict:?}");
    assert_eq!(cx.event.server_timing(), "");
}
