//! In front of Redis.

use super::timed;
use faults::{Fault, Rule};
use shared::{
    clock::Clock,
    context::Cx,
    valkey::{Timeouts, Valkey, ValkeyError},
};
use std::time::{Duration, Instant};
use tests::redis::{Proxy, Redis};

const PATIENCE: Duration = Duration::from_millis(600);

/// A server, the wire to it, and a client whose breaker does not hide what the wire does.
struct World {
    redis: Redis,
    wire: Proxy,
    valkey: Valkey,
}

impl World {
    fn new() -> Self {
        let redis = Redis::start();
        let wire = Proxy::to(redis.address());
        let timeouts = Timeouts { command: PATIENCE, connect: PATIENCE, window: Duration::from_millis(1) };
        let valkey = Valkey::connect(&wire.url(), timeouts).unwrap();
        Self { redis, wire, valkey }
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, ValkeyError> {
        self.valkey.get(&cx(), key).await
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), ValkeyError> {
        self.valkey.set(&cx(), key, value, Duration::from_mins(1)).await
    }

    fn holds(&self, key: &str) -> String {
        self.redis.command(&["GET", key])
    }

    fn fault(&self, rule: Rule) {
        self.wire.faults().set("fault", rule);
    }

    async fn well_again(&self) {
        self.wire.faults().clear_all();
        self.served("a").await;
    }

    /// The value at `key`, once the client is served again: after a failure it dials beside its
    /// calls, which are refused until then.
    async fn served(&self, key: &str) -> Option<Vec<u8>> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match self.get(key).await {
                Ok(value) => return value,
                Err(error) => assert!(Instant::now() < deadline, "the client is not served: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn cx() -> Cx {
    Cx::new(Clock::system(), "test", Duration::from_secs(20))
}

#[tokio::test]
async fn a_thousand_calls_at_once_go_through_in_order() {
    let world = World::new();
    let large = vec![7; 300_000];
    world.set("large", &large).await.unwrap();
    let calls = (0..1_000).map(|n| {
        let (valkey, key) = (world.valkey.clone(), format!("key{n}"));
        async move {
            let cx = cx();
            valkey.set(&cx, &key, key.as_bytes(), Duration::from_mins(1)).await.unwrap();
            assert_eq!(valkey.get(&cx, &key).await.unwrap().as_deref(), Some(key.as_bytes()));
        }
    });
    futures_util::future::join_all(calls).await;
    assert_eq!(world.get("large").await.unwrap(), Some(large));
    let faults = world.wire.faults();
    assert_eq!((faults.count("cache", "GET").calls, faults.count("cache", "SET").calls), (1_001, 1_001));
    assert_eq!(faults.count("cache", "GET").struck, 0);
}

#[tokio::test]
async fn down_resets_what_is_open_and_what_is_new() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::Down).service("cache"));
    for _ in 0..3 {
        let (took, failed) = timed(world.get("a")).await;
        assert!(failed.is_err() && took < PATIENCE, "{failed:?} after {took:?}");
    }
    world.well_again().await;
}

#[tokio::test]
async fn hang_answers_nothing_and_new_connections_are_served_after_it() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::Hang).operation("SET"));
    let (took, failed) = timed(world.set("a", b"1")).await;
    assert!(matches!(failed, Err(ValkeyError::Timeout)) && took >= PATIENCE, "{failed:?} after {took:?}");
    assert_eq!(world.holds("a"), "$-1\r\n", "the server never had it");
    world.well_again().await;
}

#[tokio::test]
async fn half_open_is_silent_on_old_connections_only() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::HalfOpen));
    assert!(matches!(world.get("a").await, Err(ValkeyError::Timeout)));
    assert_eq!(world.served("a").await, None, "a new connection is served, with the rule in place");
}

#[tokio::test]
async fn garbage_and_nonsense_are_no_answers_and_the_work_is_done() {
    for (fault, key) in [(Fault::Garbage, "a"), (Fault::Nonsense, "b")] {
        let world = World::new();
        world.get(key).await.unwrap();
        world.fault(Rule::new(fault.clone()));
        let _ = world.set(key, b"1").await;
        assert_eq!(world.holds(key), "$1\r\n1\r\n", "{fault:?}");
        let answer = world.get(key).await;
        assert!(answer.is_err(), "{fault:?}: {answer:?}");
        world.well_again().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_belongs_to_work_that_is_done() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::LostAnswer).operation("SET").times(1));
    let (took, lost) = timed(world.set("a", b"1")).await;
    assert!(matches!(lost, Err(ValkeyError::Broken(_))) && took < PATIENCE, "{lost:?} after {took:?}");
    assert_eq!(world.holds("a"), "$1\r\n1\r\n");
    assert_eq!(world.served("a").await.as_deref(), Some(&b"1"[..]), "once, and not again");
}

#[tokio::test]
async fn a_delay_counts_from_arrival_and_not_from_the_call_before() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::delay(100)).operation("GET"));
    let (took, all) = timed(futures_util::future::join_all((0..20).map(|_| world.get("a")))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert!((Duration::from_millis(100)..PATIENCE).contains(&took), "twenty at once took {took:?}");
}

#[tokio::test]
async fn a_full_cache_takes_no_writes_and_is_read() {
    let world = World::new();
    world.set("a", b"1").await.unwrap();
    world.fault(Rule::new(Fault::error("OOM")).operation("SET"));
    let refused = world.set("a", b"2").await;
    assert!(matches!(&refused, Err(ValkeyError::Refused { code, .. }) if code == "OOM"), "{refused:?}");
    assert_eq!(world.get("a").await.unwrap().as_deref(), Some(&b"1"[..]));
}

#[tokio::test]
async fn a_server_that_flaps_comes_back_by_itself() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::Down).flapping(60, 60));
    let (mut well, mut ill) = (0, 0);
    let deadline = Instant::now() + Duration::from_secs(20);
    while well < 3 || ill < 3 {
        assert!(Instant::now() < deadline, "{well} were answered, {ill} were not");
        match world.get("a").await {
            Ok(_) => well += 1,
            Err(_) => ill += 1,
        }
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
}
