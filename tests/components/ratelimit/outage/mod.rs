//! L2 is gone, slow, or comes and goes: who is refused then, and what is admitted at most.

use super::*;
use shared::{
    ratelimit::By,
    table::{Client, Tally},
};
use std::time::Instant;
use tests::{
    dynamo::Tables,
    fault_injector::Rule,
    redis::{Proxy, Redis, Wire},
};

/// The limits that go to AWS.
const READS: Limit = Limit::per_minute(600).batched();
const WRITES: Limit = Limit::per_minute(60);
const SIGN_INS: [Limit; 2] = [Limit::per_minute(5).by(By::Account).durable(), Limit::per_minute(20).durable()];

/// Short enough that a hanging server is noticed soon.
fn hasty() -> Timeouts {
    Timeouts {
        command: Duration::from_millis(60),
        connect: Duration::from_millis(60),
        window: Duration::from_millis(320),
    }
}

fn hasty_environment(url: &str, limits: &[Limit], table: Option<Tally>) -> Limits {
    let shared = Some(Valkey::connect(url, hasty()).unwrap());
    Limits::new("route", limits, &Vars::from_pairs([("", "")]), Store { shared, table }).unwrap()
}

/// What a client meets that asks once every `pace`, for three minutes, while the wire is each of
/// `wires` for a while.
async fn refused(limit: Limit, environments: usize, pace: Duration, wires: &[Wire]) -> Vec<usize> {
    let redis = Redis::start();
    let wire = Proxy::to(redis.address());
    let fleet: Vec<_> = (0..environments).map(|_| hasty_environment(&wire.url(), &[limit], None)).collect();
    let (clock, ada) = (Clock::manual(START), somebody("203.0.113.7"));
    let calls = usize::try_from(Duration::from_mins(3).as_millis() / pace.as_millis()).unwrap();
    let (mut refused, mut dice) = (Vec::new(), Dice(7));
    for call in 0..calls {
        if call % (calls / wires.len()) == 0 {
            wire.set(wires[call * wires.len() / calls]);
        }
        // Lambda hands a client's requests to the environment that it used last, mostly.
        let at = if dice.below(4) == 0 { dice.index(environments) } else { 0 };
        if !fleet[at].take(&cx(&clock), &ada, 1).await.is_admitted() {
            refused.push(call);
        }
        clock.advance(pace);
    }
    refused
}

#[tokio::test]
async fn one_client_at_a_fifth_of_its_quota_is_never_refused_whatever_l2_does() {
    for fault in [Wire::Cut, Wire::Hang, Wire::Garbage, Wire::Lossy] {
        let wires = [Wire::Pass, fault, Wire::Pass, fault, fault, Wire::Pass];
        for limit in [READS, Limit::per_minute(600)] {
            let refused = refused(limit, 8, Duration::from_millis(500), &wires).await;
            assert_eq!(refused, Vec::<usize>::new(), "{fault:?}, {limit:?}");
        }
    }
}

#[tokio::test]
async fn orders_at_half_their_limit_are_never_refused_whatever_l2_does() {
    for fault in [Wire::Cut, Wire::Hang] {
        for environments in [1, 8] {
            let wires = [Wire::Pass, fault, fault, fault, Wire::Pass, fault];
            let refused = refused(WRITES, environments, Duration::from_secs(2), &wires).await;
            assert_eq!(refused, Vec::<usize>::new(), "{fault:?}, {environments} environments");
        }
    }
}

#[tokio::test]
async fn environments_that_start_without_l2_refuse_nobody_who_is_within_the_limits() {
    let redis = Redis::start();
    let (url, clock) = (redis.url(), Clock::manual(START));
    redis.kill();
    for n in 0..60 {
        let limits = hasty_environment(&url, &[READS], None);
        assert!(limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted(), "request {n}");
    }
}

/// A stall of the server's that is longer than a command may take.
#[tokio::test]
async fn one_slow_answer_refuses_nobody() {
    let (redis, clock) = (Redis::start(), Clock::manual(START));
    let fleet: Vec<_> = (0..8).map(|_| hasty_environment(&redis.url(), &[WRITES], None)).collect();
    for call in 0..58 {
        if call % 20 == 10 {
            redis.command(&["CLIENT", "PAUSE", "90", "ALL"]);
        }
        let verdict = fleet[call % 8].take(&cx(&clock), &somebody("203.0.113.7"), 1).await;
        assert!(verdict.is_admitted(), "call {call}: {verdict:?}");
    }
}

/// Each environment admits what it would admit alone, what L2 let it admit included, and never
/// more.
#[tokio::test]
async fn without_l2_each_environment_admits_its_quota_and_does_not_begin_anew() {
    for limit in [WRITES, Limit::per_minute(60).batched()] {
        let redis = Redis::start();
        let fleet: Vec<_> = (0..5).map(|_| environment(&redis.url(), &[limit])).collect();
        let (clock, ada) = (Clock::manual(START), somebody("203.0.113.7"));
        let mut admitted = [0_u16; 5];
        for call in 0..30 {
            admitted[call % 5] += u16::from(fleet[call % 5].take(&cx(&clock), &ada, 1).await.is_admitted());
        }
        assert_eq!(admitted, [6; 5]);
        redis.kill();
        for call in 0..1_000 {
            admitted[call % 5] += u16::from(fleet[call % 5].take(&cx(&clock), &ada, 1).await.is_admitted());
        }
        assert_eq!(admitted, [60; 5], "{limit:?}");
    }
}

#[tokio::test]
async fn l2_is_told_what_was_admitted_without_it() {
    for limit in [Limit::per_hour(100), Limit::per_hour(100).batched()] {
        let redis = Redis::start();
        let wire = Proxy::to(redis.address());
        let fleet: Vec<_> = (0..3).map(|_| environment(&wire.url(), &[limit])).collect();
        let (clock, ada) = (Clock::manual(START), somebody("203.0.113.7"));
        wire.set(Wire::Cut);
        for call in 0..180 {
            assert!(fleet[call % 3].take(&cx(&clock), &ada, 1).await.is_admitted());
        }
        wire.set(Wire::Pass);
        for limits in &fleet {
            until_l2_is_asked(limits, &clock).await;
        }
        // 180 were admitted. When the second environment has told of its part, nothing is left.
        let mut more = 0;
        for call in 0..150 {
            more += u32::from(fleet[call % 3].take(&cx(&clock), &ada, 1).await.is_admitted());
        }
        assert!(more <= 20, "{more} more were admitted, {limit:?}");
    }
}

/// Asks for others, each of whom uses up a batch, until L2 answers.
async fn until_l2_is_asked(limits: &Limits, clock: &Clock) {
    let start = Instant::now();
    for n in 0.. {
        let (cx, other) = (cx(clock), somebody(&format!("2001:db8:{n:x}::1")));
        for _ in 0..=limits.all()[0].batch() {
            limits.take(&cx, &other, 1).await;
        }
        if cx.event.counted("limits_local") == 0 {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "L2 is not asked again");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_hangs() {
    let redis = Redis::start();
    let wire = Proxy::to(redis.address());
    let limits = hasty_environment(&wire.url(), &[Limit::per_hour(60_000)], None);
    let clock = Clock::system();
    assert!(limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted());
    wire.set(Wire::Hang);
    let cx = cx(&clock);
    let start = Instant::now();
    for _ in 0..200 {
        assert!(limits.take(&cx, &somebody("203.0.113.7"), 1).await.is_admitted());
    }
    assert!(start.elapsed() < Duration::from_secs(2), "200 requests took {:?}", start.elapsed());
    assert_eq!(cx.event.counted("limits_local"), 200);
}

/// What guards a password is exact without L2, in environments of which none knows the others.
#[tokio::test]
async fn what_guards_a_password_is_counted_in_the_table_when_l2_does_not_answer() {
    for wire in [Wire::Cut, Wire::Hang, Wire::Garbage] {
        let (redis, tables, clock) = (Redis::start(), Tables::new(), Clock::manual(START));
        let proxy = Proxy::to(redis.address());
        proxy.set(wire);
        let sign_in = async |email: &str| {
            let table = Tally::new(&tables.client(), tables.name("Limits"));
            let limits = hasty_environment(&proxy.url(), &SIGN_INS, Some(table));
            let cx = cx(&clock);
            let admitted = limits.take(&cx, &somebody("203.0.113.7").naming(email), 1).await.is_admitted();
            assert_eq!((cx.event.counted("limits_table"), cx.event.counted("limits_local")), (1, 0), "{wire:?}");
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
    let table = || Some(Tally::new(&client, tables.name("Limits")));
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
        let table = Tally::new(&client, tables.name("Limits"));
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
