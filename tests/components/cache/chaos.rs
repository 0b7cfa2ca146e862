//! L2 is killed and restarted at random and one message in a hundred is lost, while others read and
//! write.
//!
//! It takes ten seconds in the suite; `CHAOS_SECONDS=60` sets the long run.

use super::*;
use futures_util::future::join_all;
use std::{collections::VecDeque, sync::Arc, thread, time::Instant};
use tests::redis::{Proxy, Redis, Wire};
use tokio::time::sleep;

const ENVIRONMENTS: usize = 8;
const IDS: u64 = 20;
/// How long the consumer of the stream takes to hear of a write.
const STREAM: Duration = Duration::from_millis(300);
/// What the issue allows for a change to reach L2.
const SETTLED: Duration = Duration::from_secs(2);

/// A generator that a failed run can be repeated with.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn timeouts() -> Timeouts {
    Timeouts {
        command: Duration::from_millis(200),
        connect: Duration::from_millis(300),
        window: Duration::from_millis(500),
    }
}

fn cache(url: &str, clock: &Clock) -> Cache {
    Cache::new(Some(Valkey::connect(url, timeouts()).unwrap()), clock.clone(), Config::default())
}

#[tokio::test]
async fn no_read_is_older_than_its_token_and_all_settles_after_the_last_write() {
    let seconds = std::env::var("CHAOS_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(10);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (redis, clock, table) = (Arc::new(Redis::start()), Clock::system(), Table::default());
    let proxy = Proxy::to(redis.address());
    proxy.set(Wire::Lossy);
    (0..IDS).for_each(|id| drop(table.write(id)));
    let events = Mutex::new(VecDeque::new());

    let killer = thread::spawn({
        let redis = Arc::clone(&redis);
        move || {
            let (mut dice, mut kills) = (Dice(1), 0);
            while Instant::now() + Duration::from_secs(1) < end {
                thread::sleep(Duration::from_millis(300 + dice.below(700)));
                redis.kill();
                thread::sleep(Duration::from_millis(dice.below(400)));
                redis.restart();
                kills += 1;
            }
            kills
        }
    });

    let client = async |number: usize| {
        let cache = cache(&proxy.url(), &clock);
        let mut dice = Dice(number as u64 + 100);
        let mut own = HashMap::<u64, Version>::new();
        let (mut reads, mut writes) = (0_u64, 0_u64);
        while Instant::now() < end {
            let id = dice.below(IDS);
            let cx = cx(&clock);
            if let Some(version) = own.get(&id) {
                cx.seen.note(&format!("thing#{id}"), *version);
            }
            if dice.below(20) == 0 {
                let thing = table.write(id);
                events.lock().unwrap().push_back((Instant::now() + STREAM, id, thing.version));
                own.insert(id, thing.version);
                // The stream's consumer makes good for what is lost here.
                let _ = cache.put(&cx, &Key(id), &thing, &[]).await;
                writes += 1;
            } else {
                let least = own.get(&id).copied().unwrap_or_default();
                let cached = read(&cache, &cx, &table, id).await.unwrap().unwrap();
                assert!(cached.value.version >= least, "{id}: {cached:?} < {least}");
                reads += 1;
            }
            sleep(Duration::from_millis(dice.below(4))).await;
        }
        (cache, reads, writes)
    };

    let consumer = async {
        let cache = cache(&proxy.url(), &clock);
        let mut told = 0_u64;
        loop {
            let next = events.lock().unwrap().front().copied();
            match next {
                Some((due, id, version))
                    if due <= Instant::now() && cache.outdate(&cx(&clock), &Key(id), version, &[]).await.is_ok() =>
                {
                    events.lock().unwrap().pop_front();
                    told += 1;
                    continue;
                }
                None if Instant::now() > end => return told,
                _ => {}
            }
            sleep(Duration::from_millis(10)).await;
        }
    };

    let (clients, told) = tokio::join!(join_all((0..ENVIRONMENTS).map(client)), consumer);
    let kills = killer.join().unwrap();
    let (reads, writes) = clients.iter().fold((0, 0), |(r, w), (_, reads, writes)| (r + reads, w + writes));
    println!("{reads} reads, {writes} writes, {told} repeated, {kills} restarts, {} loads", table.loads());
    assert!(kills > 2 && reads > 1_000 && writes > 50);

    // From here on the wire is well: what is wrong now stays wrong.
    proxy.set(Wire::Pass);
    sleep((end + SETTLED + Key::POLICY.l1_ttl).saturating_duration_since(Instant::now())).await;
    for id in 0..IDS {
        let newest = table.load(id).unwrap().unwrap().version.0;
        for (cache, ..) in &clients {
            assert_eq!(version(cache, &clock, &table, id).await, newest, "in memory");
        }
        assert_eq!(version(&environment(&redis.url(), &clock), &clock, &table, id).await, newest, "in L2");
    }
}
