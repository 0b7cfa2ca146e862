//! The proxy in front of Redis.

mod answers;
mod connections;

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
