//! Limits that guard a password are counted in the table when L2 does not answer.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

/// What guards a password is exact without L2, in environments of which none knows the others.
#[tokio::test]
async fn what_guards_a_password_is_counted_in_the_table_when_l2_does_not_answer() {
    for wire in [Wire::Cut, Wire::Hang, Wire::Garbage] {
        let (redis, tables, clock) = (Redis::start(), Tables::new(), Clock::manual(START));
        let proxy = Proxy::to(redis.address());
        proxy.set(wire);
        let sign_in = async |email: &str| {
            let table = AtomicCounters::new(&tables.client(), tables.name("Limits"));
            let limits = hasty_environment(&proxy.url(), &SIGN_INS, Some(table));
            let cx = cx(&clock);
            let admitted = limits.take(&cx, &somebody("203.0.113.7").naming(email), 1).await.is_admitted();
            assert_eq!((cx.counted(fields::LIMITS_TABLE), cx.counted(fields::LIMITS_LOCAL)), (1, 0), "{wire:?}");
            admitted
        };
        for n in 0..6 {
            assert!(sign_in(&format!("{n}@shop.example")).await, "different people sign in, {wire:?}");
        }
        let mut guesses = 0;
        for _ in 0..12 {
            guesses += u32::from(sign_in("ada@shop.example").await);
        }
        assert_eq!(guesses, 5, "one account, {wire:?}");
    }
}

#[tokio::test]
async fn l2_that_comes_and_goes_admits_twice_the_quota_at_most_where_a_password_is_guarded() {
    let (redis, tables, clock) = (Redis::start(), Tables::new(), Clock::manual(START));
    let (wire, client) = (Proxy::to(redis.address()), tables.client());
    let table = || Some(AtomicCounters::new(&client, tables.name("Limits")));
    let mut admitted = 0;
    for round in 0..12 {
        wire.set(if round % 2 == 0 { Wire::Pass } else { Wire::Cut });
        for _ in 0..10 {
            let limits = hasty_environment(&wire.url(), &[Limit::per_hour(20).durable()], table());
            admitted += u32::from(limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted());
        }
    }
    assert!((20..=40).contains(&admitted), "{admitted}");
}

#[tokio::test]
async fn l2_and_the_table_gone_or_slow_leave_the_limit_to_each_environment() {
    type Network = fn() -> Rule;
    let refuses: Network = || Rule::refuse(400, "ValidationException");
    let hangs: Network = || Rule::Delay(Duration::from_mins(10));
    for (rule, calls) in [(refuses, 8_u16), (hangs, 2)] {
        let (redis, tables, clock) = (Redis::start(), Tables::new(), Clock::manual(START));
        redis.kill();
        let client: Client = tables.client_through(move |_| rule());
        let table = AtomicCounters::new(&client, tables.name("Limits"));
        let limits = hasty_environment(&redis.url(), &[Limit::per_minute(calls - 1).durable()], Some(table));
        let mut admitted = 0;
        for _ in 0..calls {
            let (cx, start) = (Cx::new(clock.clone(), "test", Duration::from_secs(2)), Instant::now());
            admitted += u16::from(limits.take(&cx, &somebody("203.0.113.7"), 1).await.is_admitted());
            assert!(start.elapsed() < Duration::from_secs(1), "a quarter of its time, and more: {:?}", start.elapsed());
        }
        assert_eq!(admitted, calls - 1);
    }
}
