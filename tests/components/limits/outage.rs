//! L2 is killed while fifty environments ask.

use super::*;
use tests::redis::{Proxy, Redis, Wire};

const ENVIRONMENTS: usize = 50;
const WINDOW: Duration = Duration::from_mins(1);

/// Environments that know how many they are, and all that was admitted to one client.
struct Fleet {
    clock: Clock,
    all: Vec<Limits>,
    log: Log,
    worst: i64,
}

impl Fleet {
    /// A fleet that has been running: each asked a second apart, and once more when all were there.
    async fn running(url: &str, quota: u16) -> Self {
        let all: Vec<_> = (0..ENVIRONMENTS).map(|_| environment(url, &[Limit::new(quota, WINDOW)])).collect();
        let clock = Clock::manual(START);
        for _ in 0..2 {
            for (n, limits) in all.iter().enumerate() {
                limits.take(&cx(&clock), &somebody(&format!("198.51.100.{n}")), 1).await;
            }
            clock.advance(Duration::from_secs(2));
        }
        Self { clock, all, log: Log::new(quota, WINDOW), worst: 0 }
    }

    /// A request of the client to one environment.
    async fn ask(&mut self, at: usize) -> bool {
        let cx = cx(&self.clock);
        let admitted = self.all[at].take(&cx, &somebody("203.0.113.7"), 1).await.is_admitted();
        if admitted {
            self.worst = self.worst.max(self.log.note(self.clock.now_ms() * 1000, 1));
        }
        admitted
    }
}

fn bound(quota: u16, environments: usize) -> i64 {
    (i64::from(quota) * 3 / 2).max(i64::try_from(environments).unwrap())
}

#[tokio::test]
async fn all_that_is_admitted_stays_within_the_bound_when_l2_is_killed() {
    // Where one environment had it all before, and where each had its part.
    for (quota, spread) in
        [(1, 50), (5, 50), (5, 1), (40, 50), (60, 1), (60, 50), (100, 50), (100, 1), (149, 7), (600, 50)]
    {
        let redis = Redis::start();
        let mut fleet = Fleet::running(&redis.url(), quota).await;
        let mut dice = Dice(u64::from(quota) + spread);
        let mut admitted = 0;
        for _ in 0..quota + 20 {
            let at = dice.index(usize::try_from(spread).unwrap());
            admitted += u16::from(fleet.ask(at).await);
        }
        assert_eq!(admitted, quota, "L2 is there");

        redis.kill();
        let mut after = 0;
        for second in 0..300 {
            for _ in 0..if second % 60 == 0 { 2_000 } else { 30 } {
                let at = dice.index(ENVIRONMENTS);
                after += i64::from(fleet.ask(at).await);
            }
            fleet.clock.advance(Duration::from_secs(1));
        }
        let (worst, bound) = (fleet.worst, bound(quota, ENVIRONMENTS));
        assert!(worst <= bound, "quota {quota}: {worst} in a window, at most {bound}");
        // It goes on: four windows without L2, and each admits as much as the environments share, less what is rounded.
        assert!(after >= 3 * i64::from(quota), "quota {quota}: {after} admitted in five minutes without L2");
    }
}

/// After a flush seats are taken anew, in another order than before: nobody keeps one that another has taken.
#[tokio::test]
async fn a_flush_before_the_outage_gives_no_two_environments_one_seat() {
    for quota in [40, 100, 600] {
        let redis = Redis::start();
        let mut fleet = Fleet::running(&redis.url(), quota).await;
        redis.command(&["FLUSHALL"]);
        for _ in 0..2 {
            // Longer than a seat goes unconfirmed.
            fleet.clock.advance(Duration::from_secs(40));
            for (n, limits) in fleet.all.iter().enumerate().rev() {
                limits.take(&cx(&fleet.clock), &somebody(&format!("198.51.100.{n}")), 1).await;
            }
        }
        redis.kill();
        for _ in 0..180 {
            for at in 0..ENVIRONMENTS {
                for _ in 0..15 {
                    fleet.ask(at).await;
                }
            }
            fleet.clock.advance(Duration::from_secs(1));
        }
        let bound = bound(quota, ENVIRONMENTS);
        assert!(fleet.worst <= bound, "quota {quota}: {} in a window, at most {bound}", fleet.worst);
        assert!(fleet.worst >= i64::from(quota) * 3 / 4, "they admit what they may: {}", fleet.worst);
    }
}

#[tokio::test]
async fn a_server_that_comes_and_goes_does_not_give_anybody_a_new_start() {
    for quota in [5, 100] {
        let redis = Redis::start();
        let wire = Proxy::to(redis.address());
        let mut fleet = Fleet::running(&wire.url(), quota).await;
        for round in 0..8 {
            wire.set(if round % 2 == 0 { Wire::Pass } else { Wire::Cut });
            // Longer than the breaker stays open.
            std::thread::sleep(Duration::from_millis(250));
            for at in 0..ENVIRONMENTS {
                for _ in 0..5 {
                    fleet.ask(at).await;
                }
            }
        }
        assert!(fleet.worst <= bound(quota, ENVIRONMENTS), "quota {quota}: {}", fleet.worst);
    }
}

/// What an environment refuses on its own stands in for L2's word, and lasts only until L2 can be asked.
#[tokio::test]
async fn a_refusal_without_l2_is_forgotten_when_it_is_back() {
    let redis = Redis::start();
    let wire = Proxy::to(redis.address());
    let (limits, clock) = (environment(&wire.url(), &[Limit::per_hour(1_000)]), Clock::manual(START));
    wire.set(Wire::Cut);
    let mut asked = 0;
    // It has no seat: a two-hundredth is its share.
    while limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted() {
        asked += 1;
        assert!(asked < 10, "nothing was refused, and this test shows nothing");
    }
    wire.set(Wire::Pass);
    let back = std::time::Instant::now();
    while !limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted() {
        assert!(back.elapsed() < Duration::from_secs(10), "refused although L2 is back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn environments_that_start_without_l2_keep_the_bound_together() {
    let redis = Redis::start();
    let mut fleet = Fleet::running(&redis.url(), 100).await;
    redis.kill();
    let newcomers = (0..ENVIRONMENTS).map(|_| environment(&redis.url(), &[Limit::new(100, WINDOW)]));
    fleet.all.extend(newcomers);
    for _ in 0..180 {
        for at in 0..fleet.all.len() {
            fleet.ask(at).await;
        }
        fleet.clock.advance(Duration::from_secs(1));
    }
    assert!(fleet.worst <= bound(100, 2 * ENVIRONMENTS), "{}", fleet.worst);
    assert!(fleet.worst >= 100, "they admit what they may: {}", fleet.worst);
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_hangs() {
    let redis = Redis::start();
    let wire = Proxy::to(redis.address());
    let valkey = Valkey::connect(&wire.url(), Timeouts::default()).unwrap();
    let limits = Limits::new("route", &[Limit::per_hour(60_000)], &Vars::from_pairs([("", "")]), Store::Shared(valkey));
    let (limits, clock) = (limits.unwrap(), Clock::system());
    assert!(limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted());
    wire.set(Wire::Hang);
    let cx = cx(&clock);
    let start = std::time::Instant::now();
    for _ in 0..200 {
        assert!(limits.take(&cx, &somebody("203.0.113.7"), 1).await.is_admitted());
    }
    assert!(start.elapsed() < Duration::from_secs(2), "200 requests took {:?}", start.elapsed());
    assert_eq!(cx.event.counted("limits_local"), 200);
}
