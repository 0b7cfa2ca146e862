//! Limits of reads and writes while L2 does not answer: each environment counts for itself.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

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
        if cx.counted(fields::LIMITS_LOCAL) == 0 {
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
    assert_eq!(cx.counted(fields::LIMITS_LOCAL), 200);
}
