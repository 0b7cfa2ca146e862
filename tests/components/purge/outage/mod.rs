//! L2 is out of reach and remembers: nothing old is served for long when it is back.

use super::{START, Way, changed, cloudfront::told, each, id, purged, purger};
use functions::{
    catalog::{
        Catalog,
        products::{Product, Products},
    },
    ids::ProductId,
    workers::Forget,
};
use jiff::Timestamp;
use serde_json::json;
use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    config::Vars,
    context::Cx,
    version::Version,
};
use std::time::{Duration, Instant};
use tests::{
    dynamo::Tables,
    origin::{Origin, Told},
    redis::{Proxy, Redis, Wire},
};

/// For so long old values may be served when L2 is back.
const BOUND: u64 = 5;

fn price(version: u64) -> Product {
    Product {
        id: id(1).parse().unwrap(),
        name: "Tea".to_owned(),
        description: String::new(),
        category: "tea".to_owned(),
        price_cents: 100 * version,
        image_url: None,
        updated_at: Timestamp::UNIX_EPOCH,
        version: Version(version),
    }
}

/// A catalogue and its readers, beside a way to forget; all reach L2 by one wire.
struct World {
    redis: Redis,
    wire: Proxy,
    tables: Tables,
    origin: Origin,
    way: Way,
}

impl World {
    async fn new() -> Self {
        let redis = Redis::start();
        let (wire, tables) = (Proxy::to(redis.address()), Tables::new());
        let origin = Origin::start(|_, _| Told::status(200));
        let purger = purger("http://nobody.invalid", &[("PURGE_URL", &origin.url())]).unwrap();
        let way = Way::with(purger, Some(wire.url())).await;
        Self { redis, wire, tables, origin, way }
    }

    fn cx(&self) -> Cx {
        Cx::new(self.way.clock.clone(), "test", Duration::from_secs(30))
    }

    /// What a new environment says a product costs.
    async fn read(&self) -> u64 {
        let vars = [("PRODUCTS_TABLE", self.tables.name("Products")), ("CACHE_URL", self.wire.url())];
        let app = App::new(Vars::from_pairs(vars), self.way.clock.clone(), self.tables.sdk());
        let id: ProductId = id(1).parse().unwrap();
        let product = Catalog::from_app(&app).await.unwrap().get(&self.cx(), id).await.unwrap();
        product.unwrap().price_cents
    }

    /// Writes a price to the table alone.
    async fn write(&self, version: u64) {
        let vars = [("PRODUCTS_TABLE", self.tables.name("Products"))];
        let app = App::new(Vars::from_pairs(vars), Clock::manual(START), self.tables.sdk());
        let products = Products::from_app(&app).await.unwrap();
        products.write_all(&self.cx(), vec![price(version)], |_| ()).await.unwrap();
    }

    /// Lets the worker try for so long; how many seconds passed until nothing was left.
    async fn until_done(&self, most: u64) -> Option<u64> {
        for seconds in 0..=most {
            self.way.work().await;
            if self.way.left() == (0, 0) {
                return Some(seconds);
            }
            self.way.clock.advance(Duration::from_secs(1));
            // The breaker's window is over within a real second.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        None
    }
}

#[tokio::test]
async fn when_l2_is_back_with_all_that_it_remembers_old_prices_end_within_seconds() {
    for (fault, outage) in [(Wire::Cut, 20), (Wire::Hang, 20), (Wire::Cut, 600)] {
        let world = World::new().await;
        world.write(1).await;
        assert_eq!(world.read().await, 100);
        world.wire.set(fault);
        world.write(2).await;
        world.way.relay(&[changed(1, 2)]).await;
        assert_eq!(world.way.work().await, 1, "it waits for L2");
        assert_eq!(purged(&world.origin).len(), 1, "the CDN is purged all the same");
        for _ in 0..outage {
            world.way.clock.advance(Duration::from_secs(1));
            world.way.work().await;
        }
        assert_eq!(world.way.left(), (1, 0), "it still waits, after {outage} s of {fault:?}");
        assert_eq!(purged(&world.origin).len(), 1, "and nothing more is paid for");
        world.wire.set(Wire::Pass);
        if fault == Wire::Hang {
            world.wire.drop_connections();
        }
        if outage < 60 {
            assert_eq!(world.read().await, 100, "L2 remembers: this test would show nothing otherwise");
            let seconds = world.until_done(BOUND).await;
            assert!(seconds.is_some(), "not forgotten {BOUND} s after L2 was back");
        } else {
            assert_eq!(world.read().await, 200, "what L2 remembers is over by itself");
            assert!(world.until_done(3 * BOUND).await.is_some());
        }
        assert_eq!(world.read().await, 200);
        let purged = purged(&world.origin);
        assert_eq!((purged.len(), &purged[0]), (2, &purged[1]), "purged again: it may have fetched the old price");
    }
}

#[tokio::test]
async fn the_changes_of_ten_minutes_are_forgotten_within_seconds_of_its_return() {
    const CHANGES: usize = 3_000;
    let world = World::new().await;
    for n in 0..CHANGES {
        if n % 500 == 0 {
            let keys: Vec<_> = (n..n + 500).map(|n| format!("{{product:{}}}:v1", id(n))).collect();
            let pairs = keys.iter().flat_map(|key| [key.as_str(), "0000000000000001"]);
            world.redis.command(&["MSET"].into_iter().chain(pairs).collect::<Vec<_>>());
        }
    }
    world.wire.set(Wire::Cut);
    for records in (0..CHANGES).map(|n| changed(n, 2)).collect::<Vec<_>>().chunks(100) {
        world.way.relay(records).await;
    }
    while let Some(batch) = world.way.receive() {
        world.way.hand(batch).await;
    }
    assert_eq!(world.way.left(), (CHANGES, 0));
    world.wire.set(Wire::Pass);
    let back = Instant::now();
    let seconds = world.until_done(30).await.expect("forgotten");
    println!("{CHANGES} changes were forgotten {:?} after L2 was back", back.elapsed());
    let keys = world.redis.command(&["DBSIZE"]);
    assert_eq!(keys, ":1\r\n", "the generation of lists is all that is left");
    assert!(seconds <= BOUND, "{seconds} s");
}

#[tokio::test]
async fn the_purge_after_an_outage_is_no_repetition_to_cloudfront() {
    let redis = Redis::start();
    let (wire, origin) = (Proxy::to(redis.address()), Origin::start(|_, _| told(201, "")));
    let purger = purger(&origin.url(), &[("PURGE_DISTRIBUTION", "E1EXAMPLE")]).unwrap();
    let way = Way::with(purger, Some(wire.url())).await;
    wire.set(Wire::Cut);
    way.relay(&[changed(1, 2)]).await;
    assert_eq!(way.work().await, 1);
    wire.set(Wire::Pass);
    for _ in 0..10 {
        way.clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(500)).await;
        if way.work().await == 0 {
            break;
        }
    }
    let asked = origin.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(each(&asked[0], "Path"), each(&asked[1], "Path"));
    assert_ne!(each(&asked[0], "CallerReference"), each(&asked[1], "CallerReference"));
}

#[tokio::test]
async fn a_profile_is_purged_only_if_its_change_had_to_wait_for_l2() {
    let world = World::new().await;
    let user = "019a0000-0000-7000-8000-00000000000a";
    let body = json!({"event": "account_changed", "user_id": user, "version": 2});
    let envelope = json!({"id": "user#1@2:account_changed", "kind": "account_changed", "schema": 1,
                          "occurred_at": "2023-11-14T22:13:20Z", "body": body});
    let queue = <Forget as shared::lambda::BatchWorker>::NAME;
    world.way.queues.push(queue, envelope.to_string());
    assert_eq!((world.way.work().await, purged(&world.origin).len()), (0, 0));
    world.wire.set(Wire::Cut);
    world.way.queues.push(queue, envelope.to_string());
    assert_eq!((world.way.work().await, purged(&world.origin).len()), (1, 0));
    world.wire.set(Wire::Pass);
    world.way.clock.advance(Duration::from_secs(1));
    assert!(world.until_done(BOUND).await.is_some());
    assert_eq!(purged(&world.origin), [format!("user-{user}")]);
}
