//! The export of a person's data.

mod contents;
mod parts;

use super::{Rule, Shop, person};
use functions::{
    ids::{OrderId, ProductId, UserId},
    orders::{Order, OrderLine, OrderStatus},
    routes::{me, orders},
};
use jiff::Timestamp;
use serde_json::Value;
use shared::{context::Cx, table::Shards, version::Version};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Whose token it is.
fn owner(bearer: &str) -> UserId {
    bearer.trim_start_matches("Bearer ").split('.').next().unwrap().parse().unwrap()
}

/// Orders of `lines` lines each; their ids.
async fn bought(shop: &Shop, user_id: UserId, count: usize, lines: usize) -> BTreeSet<String> {
    let line = |_| OrderLine {
        product_id: ProductId::generate(),
        name: "\u{1f375}\"".repeat(60),
        quantity: 1_000,
        unit_price_cents: 1 << 40,
        product_version: Version::FIRST,
    };
    let order = |_| Order {
        id: OrderId::generate(),
        user_id,
        status: OrderStatus::Placed,
        items: (0..lines).map(line).collect(),
        total_cents: 1 << 50,
        created_at: Timestamp::UNIX_EPOCH,
        version: Version::FIRST,
    };
    let orders: Vec<Order> = (0..count).map(order).collect();
    let ids = orders.iter().map(|order| order.id.to_string()).collect();
    let table = shop.tables().table::<Order>(&shop.tables().client(), "Orders", Shards::ONE);
    let cx = Cx::new(shared::clock::Clock::system(), "test", Duration::from_mins(1));
    table.write_all(&cx, orders, |_| ()).await.unwrap();
    ids
}

/// The ids of all orders of an export, part by part: how many parts there were.
async fn taken(shop: &Shop, bearer: &str, time: Duration) -> (Vec<String>, usize) {
    let (mut ids, mut parts, mut path) = (Vec::new(), 0, "/api/me/export".to_owned());
    loop {
        let part = shop.ask_within::<me::ExportMe>(time, &path, &[("authorization", bearer)], &Value::Null).await;
        assert_eq!(part.header("cache-control"), "private, no-store");
        let body = part.ok(200);
        // Lambda's answer holds the body as a string of JSON.
        let sent = Value::String(body.to_string()).to_string().len();
        assert!(sent < 6_000_000, "{sent} bytes");
        ids.extend(body["orders"].as_array().unwrap().iter().map(|order| order["id"].as_str().unwrap().to_owned()));
        parts += 1;
        let Some(next) = body["next"].as_str() else { return (ids, parts) };
        path = format!("/api/me/export?cursor={next}");
    }
}

#[track_caller]
fn are_all_once(taken: &[String], bought: &BTreeSet<String>) {
    assert_eq!(taken.len(), bought.len());
    assert_eq!(taken.iter().cloned().collect::<BTreeSet<_>>(), *bought);
}
