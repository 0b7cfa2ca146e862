//! The export of a person's data.

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

#[tokio::test]
async fn an_export_is_the_account_and_every_order_of_its_owner_and_nobody_elses() {
    let shop = Shop::new();
    let (ada, eve) = (person(&shop, "ada@shop.example").await, person(&shop, "eve@shop.example").await);
    let bought_by_ada = bought(&shop, owner(&ada), 250, 1).await;
    bought(&shop, owner(&eve), 3, 1).await;
    let (ids, parts) = taken(&shop, &ada, Duration::from_mins(1)).await;
    are_all_once(&ids, &bought_by_ada);
    assert_eq!(parts, 1, "what fits into one answer is in one");
    let export = shop.ask::<me::ExportMe>("/api/me/export", &[("authorization", &ada)], &Value::Null).await;
    let me = shop.ask::<me::GetMe>("/api/me", &[("authorization", &ada)], &Value::Null).await;
    for field in ["id", "name", "email", "email_verified", "photo_url", "created_at"] {
        assert_eq!(export.body["account"][field], me.ok(200)[field], "{field}");
    }
    let headers = [("authorization", ada.as_str())];
    let orders = shop.ask::<orders::ListOrders>("/api/orders?limit=100", &headers, &Value::Null).await;
    assert_eq!(export.body["orders"].as_array().unwrap()[..100], orders.ok(200)["items"].as_array().unwrap()[..]);
}

#[tokio::test]
async fn what_is_too_much_for_one_answer_comes_in_parts_without_a_gap() {
    let shop = Shop::new();
    let ada = person(&shop, "ada@shop.example").await;
    let bought = bought(&shop, owner(&ada), 130, 50).await;
    let (ids, parts) = taken(&shop, &ada, Duration::from_mins(1)).await;
    are_all_once(&ids, &bought);
    assert_eq!(parts, 2);
}

#[tokio::test]
async fn an_export_with_little_time_says_where_to_go_on() {
    let shop = Shop::new();
    let ada = person(&shop, "ada@shop.example").await;
    let bought = bought(&shop, owner(&ada), 250, 1).await;
    let (ids, parts) = taken(&shop, &ada, Duration::from_secs(3)).await;
    are_all_once(&ids, &bought);
    assert_eq!(parts, 3);
}

#[tokio::test]
async fn an_export_whose_table_fails_on_the_way_keeps_what_it_has() {
    let queries = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&queries);
    let shop = Shop::behind(move |call| {
        // More often than a call is tried.
        let fails = call.operation == "Query" && asked.fetch_add(1, Ordering::SeqCst) >= 2;
        if fails { Rule::refuse(500, "InternalServerError") } else { Rule::Pass }
    });
    let ada = person(&shop, "ada@shop.example").await;
    let bought = bought(&shop, owner(&ada), 250, 1).await;
    queries.store(0, Ordering::SeqCst);
    let export = shop.ask::<me::ExportMe>("/api/me/export", &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(export.ok(200)["orders"].as_array().unwrap().len(), 200);
    assert!(export.body["next"].is_string(), "it says that it is whole");
    let rest = format!("/api/me/export?cursor={}", export.body["next"].as_str().unwrap());
    queries.store(0, Ordering::SeqCst);
    let rest = shop.ask::<me::ExportMe>(&rest, &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(rest.ok(200)["orders"].as_array().unwrap().len(), bought.len() - 200);
    queries.store(2, Ordering::SeqCst);
    let none = shop.ask::<me::ExportMe>("/api/me/export", &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(none.status, 503, "an export without its first orders is none: {}", none.body);
}

#[tokio::test]
async fn a_cursor_of_an_export_is_its_owners() {
    let shop = Shop::new();
    let (ada, eve) = (person(&shop, "ada@shop.example").await, person(&shop, "eve@shop.example").await);
    bought(&shop, owner(&ada), 150, 1).await;
    let headers = [("authorization", ada.as_str())];
    let part = shop.ask_within::<me::ExportMe>(Duration::from_secs(3), "/api/me/export", &headers, &Value::Null).await;
    let path = format!("/api/me/export?cursor={}", part.ok(200)["next"].as_str().unwrap());
    let others = shop.ask::<me::ExportMe>(&path, &[("authorization", &eve)], &Value::Null).await;
    assert_eq!(others.ok(400)["errors"][0]["field"], "cursor");
    assert_eq!(shop.ask::<me::ExportMe>("/api/me/export", &[], &Value::Null).await.status, 401);
}
