//! Fifty environments count at once.

use super::*;
use futures_util::future::join_all;
use shared::ratelimit::By;
use tests::redis::Redis;

const ENVIRONMENTS: usize = 50;

#[tokio::test]
async fn fifty_environments_at_once_admit_exactly_the_quota() {
    let (redis, clock) = (Redis::start(), Clock::system());
    for (n, quota) in (0_u8..).zip([1_u16, 7, 100, 333]) {
        let all = [Limit::per_hour(quota), Limit::per_hour(1_000).by(By::Account)];
        let fleet: Vec<_> = (0..ENVIRONMENTS).map(|_| environment(&redis.url(), &all)).collect();
        let caller = somebody(&format!("203.0.113.{n}")).naming("ada@shop.example");
        let admitted = join_all(fleet.iter().map(async |limits| {
            let mut admitted = 0;
            for _ in 0..20 {
                admitted += u16::from(limits.take(&cx(&clock), &caller, 1).await.is_admitted());
            }
            admitted
        }))
        .await;
        assert_eq!(admitted.iter().sum::<u16>(), quota);
    }
}

#[tokio::test]
async fn a_server_that_lost_its_state_admits_the_quota_once_more_and_no_more() {
    let (redis, clock) = (Redis::start(), Clock::system());
    let fleet: Vec<_> = (0..10).map(|_| environment(&redis.url(), &[Limit::per_hour(30)])).collect();
    let caller = somebody("203.0.113.7");
    let mut admitted = 0;
    for round in 0..40 {
        if round == 2 {
            redis.command(&["FLUSHALL"]);
        }
        for limits in &fleet {
            admitted += u32::from(limits.take(&cx(&clock), &caller, 1).await.is_admitted());
        }
    }
    assert!((30..=60).contains(&admitted), "{admitted}");
}
