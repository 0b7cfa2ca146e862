//! Each cached route marks an old value that it serves because the table fails.

use super::{Call, Rule, Shop};
use functions::{ids::ProductId, routes::catalog};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

#[tokio::test]
async fn a_product_that_is_served_because_the_table_failed_is_marked_and_kept_for_a_moment_only() {
    let dead = Arc::new(AtomicBool::new(false));
    let rule = {
        let dead = Arc::clone(&dead);
        move |_: &Call| {
            if dead.load(Ordering::SeqCst) { Rule::refuse(500, "InternalServerError") } else { Rule::Pass }
        }
    };
    let shop = Shop::behind(rule);
    let path = format!("/api/products/{}", shop.stock(250).await);
    let environment = shop.environment::<catalog::GetProduct>().await;
    let ask = async || shop.ask_in(&environment, &path, &[], &Value::Null).await;
    let good = ask().await;
    assert_eq!(good.ok(200)["price_cents"], 250);
    assert_eq!(good.header("age"), "");
    // Longer than memory is trusted for.
    tokio::time::sleep(Duration::from_millis(600)).await;
    dead.store(true, Ordering::SeqCst);
    let old = ask().await;
    assert_eq!(old.ok(200)["price_cents"], 250);
    assert!(old.header("degraded").split(", ").any(|part| part == "product"), "{:?}", old.headers);
    assert_eq!(old.header("cache-control"), "public, max-age=0, s-maxage=5, stale-if-error=5");
    assert!(old.header("age").parse::<u64>().is_ok(), "{:?}", old.headers);
    let unknown = format!("/api/products/{}", ProductId::generate());
    let lost = shop.ask_in(&environment, &unknown, &[], &Value::Null).await;
    assert_eq!((lost.status, lost.header("cache-control")), (503, "private, no-store"));
}
