//! L2 is out of reach and remembers: nothing old is served for long when it is back.

mod cdn;
mod products;

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
