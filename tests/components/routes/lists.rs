//! `GET /api/products`, while its table or the signing keys are missing.

use super::{Shop, app};
use functions::{catalog::lists, routes::catalog::ListProducts};
use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::Value;
use shared::{
    app::FromApp as _,
    cache::Cache,
    context::Cx,
    sign::{KeySource, Keyring, NoKey, Signer},
    version::Consistency,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tests::{fault_injector::Rule, redis::Redis};

/// A shop with L2, whose tables answer while the switch is off.
fn shop(redis: &Redis) -> (Shop, Arc<AtomicBool>) {
    let dead = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&dead);
    let rule = move |_: &super::Call| {
        if switch.load(Ordering::SeqCst) { Rule::refuse(500, "InternalServerError") } else { Rule::Pass }
    };
    (Shop::with(&[("CACHE_URL", &redis.url())], rule), dead)
}

async fn forget(shop: &Shop) {
    let cache: Arc<Cache> = Arc::from_app(shop.app()).await.unwrap();
    lists::forget(&cache, &Cx::detached()).await.unwrap();
}

async fn list(shop: &Shop, query: &str) -> super::Reply {
    shop.ask::<ListProducts>(&format!("/api/products{query}"), &[], &Value::Null).await
}

#[tokio::test]
async fn a_list_is_answered_while_the_table_is_dead_also_after_a_change() {
    let redis = Redis::start();
    let (shop, dead) = shop(&redis);
    for price in [100, 200, 300] {
        shop.stock(price).await;
    }
    let queries = ["", "?limit=2", "?category=tea", "?category=tea&limit=1"];
    let mut before = Vec::new();
    for query in queries {
        before.push(list(&shop, query).await.ok(200).clone());
    }
    let second = format!("?limit=2&cursor={}", before[1]["next"].as_str().unwrap());
    let second_before = list(&shop, &second).await.ok(200).clone();
    forget(&shop).await;
    dead.store(true, Ordering::SeqCst);
    for (query, before) in queries.iter().zip(&before) {
        let old = list(&shop, query).await;
        assert_eq!(old.ok(200), before, "{query}");
        assert_eq!(old.header("degraded"), "products", "{query}");
        assert_eq!(old.header("cache-control"), "public, max-age=0, s-maxage=5, stale-if-error=5", "{query}");
    }
    assert_eq!(list(&shop, &second).await.ok(200), &second_before);
    let unknown = list(&shop, "?limit=3").await;
    assert_eq!((unknown.status, unknown.header("retry-after").is_empty()), (503, false), "nobody has asked before");
    dead.store(false, Ordering::SeqCst);
    shop.stock(400).await;
    assert_eq!(list(&shop, "").await.ok(200)["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_list_carries_its_family_its_own_tag_and_its_products_and_never_too_many() {
    let shop = Shop::new();
    for price in 0..60 {
        shop.stock(price).await;
    }
    for (query, last) in [("?limit=48", "product-"), ("?limit=49", "long-all"), ("?limit=100", "long-all")] {
        let reply = list(&shop, query).await;
        let tags: Vec<_> = reply.header("cache-tag").split(',').map(str::to_owned).collect();
        assert_eq!(tags[..2], ["products", "category-all"], "{query}");
        assert!(tags.last().unwrap().starts_with(last) && tags.len() <= 50, "{query}: {tags:?}");
    }
}

/// Keys that nobody can read.
struct Keys;

impl KeySource for Keys {
    fn read<'a>(&'a self, _: &'a Cx, _: Consistency) -> BoxFuture<'a, Result<Keyring, NoKey>> {
        async { Err(NoKey::new("gone")) }.boxed()
    }
}

#[tokio::test]
async fn without_a_key_what_is_cached_is_answered_whole_and_no_list_ends_early() {
    let redis = Redis::start();
    let (shop, _) = shop(&redis);
    for price in [100, 200, 300] {
        shop.stock(price).await;
    }
    let first = list(&shop, "?limit=2").await.ok(200).clone();
    let cursor = first["next"].as_str().unwrap().to_owned();
    let second = format!("?limit=2&cursor={cursor}");
    let second_before = list(&shop, &second).await.ok(200).clone();
    // Environments that start while the keys cannot be read.
    let keyless = app(shop.tables().sdk(), shop.tables(), &[("CACHE_URL", &redis.url())], |_| Rule::Pass);
    let shop = shop.with_app(keyless.with_signer(Signer::reading(Keys)));
    assert_eq!(list(&shop, "?limit=2").await.ok(200), &first, "with its cursor");
    assert_eq!(list(&shop, &second).await.ok(200), &second_before, "its cursor need not be opened");
    assert_eq!(list(&shop, "?limit=3").await.ok(200)["next"], Value::Null, "a whole list needs no cursor");
    for query in ["?limit=1".to_owned(), format!("?limit=1&cursor={cursor}")] {
        let reply = list(&shop, &query).await;
        assert_eq!((reply.status, reply.header("retry-after").is_empty()), (503, false), "{query}: {}", reply.body);
    }
    forget(&shop).await;
    assert_eq!(list(&shop, "?limit=2").await.ok(200), &first, "nor is the last page taken away");
}

#[tokio::test]
async fn a_value_has_one_spelling() {
    let shop = Shop::new();
    shop.stock(100).await;
    for (query, field) in [
        ("?limit=02", "limit"),
        ("?limit=%2B2", "limit"),
        ("?limit=+2", "limit"),
        ("?limit=%32", "limit"),
        ("?%6Cimit=2", "limit"),
        ("?category=t%65a", "category"),
        ("?limit=2&cursor=%41", "cursor"),
    ] {
        let reply = list(&shop, query).await;
        assert_eq!((reply.status, &reply.body["errors"][0]["field"]), (400, &Value::from(field)), "{query}");
        assert_eq!(reply.header("cache-control"), "private, no-store", "{query}");
    }
    list(&shop, "?limit=2&category=tea").await.ok(200);
}
