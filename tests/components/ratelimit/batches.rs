//! Limits of reads are counted in batches.

use super::*;
use futures_util::future::join_all;
use tests::redis::Redis;

const QUOTA: u16 = 200;
const READS: Limit = Limit::per_hour(QUOTA).batched();

#[tokio::test]
async fn fifty_environments_at_once_admit_the_quota_and_a_batch_each_at_most() {
    let (redis, clock) = (Redis::start(), Clock::system());
    for environments in [1_u16, 8, 50] {
        let fleet: Vec<_> = (0..environments).map(|_| environment(&redis.url(), &[READS])).collect();
        let ada = somebody(&format!("203.0.113.{environments}"));
        let admitted = join_all(fleet.iter().map(async |limits| {
            let mut admitted = 0;
            for _ in 0..300 {
                admitted += u16::from(limits.take(&cx(&clock), &ada, 1).await.is_admitted());
            }
            admitted
        }))
        .await;
        let (admitted, most) = (admitted.iter().sum::<u16>(), QUOTA + environments * READS.batch());
        assert!((QUOTA..=most).contains(&admitted), "{environments} environments: {admitted}, at most {most}");
    }
}

#[tokio::test]
async fn a_read_within_its_batch_costs_no_round_trip_and_a_flood_one_in_eleven() {
    let (redis, clock) = (Redis::start(), Clock::manual(START));
    let limits = environment(&redis.url(), &[READS]);
    let ada = somebody("203.0.113.7");
    let asked = async || {
        let cx = cx(&clock);
        let verdict = limits.take(&cx, &ada, 1).await;
        (!cx.event.server_timing().is_empty(), verdict)
    };
    for n in 1..=READS.batch() {
        let (asked, verdict) = asked().await;
        assert!(!asked, "request {n} asked L2");
        assert_eq!(verdict.said[0].remaining, QUOTA - n);
    }
    let mut round_trips = 0;
    while asked().await.1.is_admitted() {
        round_trips += 1;
    }
    assert_eq!(round_trips, QUOTA - READS.batch(), "one environment alone admits the quota, and no more");
    let cx = cx(&clock);
    for _ in 0..(5 * QUOTA) {
        limits.take(&cx, &ada, 1).await;
    }
    assert_eq!(cx.event.server_timing(), "", "who is refused is remembered");

    let (fresh, mut asked) = (environment(&redis.url(), &[READS]), 0);
    for _ in 0..110 {
        let cx = super::cx(&clock);
        fresh.take(&cx, &somebody("203.0.113.8"), 1).await;
        asked += u32::from(!cx.event.server_timing().is_empty());
    }
    assert_eq!(asked, 10, "of 110 requests");
}

#[tokio::test]
async fn a_server_that_lost_its_state_admits_the_quota_once_more_and_no_more() {
    let (redis, clock) = (Redis::start(), Clock::system());
    let fleet: Vec<_> = (0..10).map(|_| environment(&redis.url(), &[READS])).collect();
    let mut admitted = 0;
    for round in 0..100 {
        if round == 8 {
            redis.command(&["FLUSHALL"]);
        }
        for limits in &fleet {
            admitted += u16::from(limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted());
        }
    }
    assert!((QUOTA..=2 * QUOTA + 10 * READS.batch()).contains(&admitted), "{admitted}");
}
