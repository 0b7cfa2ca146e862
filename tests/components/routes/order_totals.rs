//! The total of an order is the price that its buyer saw.

use super::{Shop, person};
use functions::{
    catalog::products::Products,
    ids::ProductId,
    routes::orders::{CreateOrder, ListOrders},
};
use serde_json::{Value, json};
use shared::{app::FromApp as _, context::Cx, table::Consistency};

fn order(tea: ProductId, expected: impl Into<Value>) -> Value {
    json!({ "items": [{ "product_id": tea.to_string(), "quantity": 2 }], "expected_total_cents": expected.into() })
}

async fn reprice(shop: &Shop, tea: ProductId, price_cents: u64) {
    let (cx, products) = (Cx::detached(), Products::from_app(shop.app()).await.unwrap());
    let mut product = products.get(&cx, tea, Consistency::Strong).await.unwrap().unwrap();
    let version = product.version;
    (product.price_cents, product.version) = (price_cents, version.next());
    products.save(&cx, &product, Some(version)).await.unwrap();
}

#[tokio::test]
async fn a_product_that_was_shown_at_ten_dollars_is_not_charged_at_a_thousand_times_that() {
    let shop = Shop::new();
    let (ada, tea) = (person(&shop, "ada@shop.example").await, shop.stock(1_000).await);
    let signed_in = [("authorization", ada.as_str()), ("idempotency-key", "first")];
    reprice(&shop, tea, 999_900).await;
    for headers in [&signed_in[..1], &signed_in] {
        let refused = shop.ask::<CreateOrder>("/api/orders", headers, &order(tea, 2_000)).await;
        let problem = refused.ok(409);
        assert_eq!(problem["type"], "/problems/outdated");
        assert_eq!(problem["errors"][0]["field"], "expected_total_cents");
        let message = problem["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("2000") && message.contains("1999800"), "{message}");
    }
    let orders = shop.ask::<ListOrders>("/api/orders", &signed_in[..1], &Value::Null).await;
    assert_eq!(orders.ok(200)["items"], json!([]), "a refused order was stored");
    // No record was either, so that the same key takes the new total.
    let placed = shop.ask::<CreateOrder>("/api/orders", &signed_in, &order(tea, 1_999_800)).await;
    assert_eq!(placed.ok(201)["total_cents"], 1_999_800);
    let unnamed = shop.ask::<CreateOrder>("/api/orders", &signed_in[..1], &order(tea, Value::Null)).await;
    assert_eq!(unnamed.ok(201)["total_cents"], 1_999_800, "who names no total pays the price");
}

#[tokio::test]
async fn the_same_key_again_gives_the_order_of_then_whatever_it_costs_now() {
    let shop = Shop::new();
    let (ada, tea) = (person(&shop, "ada@shop.example").await, shop.stock(1_000).await);
    let headers = [("authorization", ada.as_str()), ("idempotency-key", "first")];
    let placed = shop.ask::<CreateOrder>("/api/orders", &headers, &order(tea, 2_000)).await;
    reprice(&shop, tea, 999_900).await;
    let again = shop.ask::<CreateOrder>("/api/orders", &headers, &order(tea, 2_000)).await;
    assert_eq!(again.ok(201), placed.ok(201));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = shop.ask::<CreateOrder>("/api/orders", &headers, &order(tea, 1_999_800)).await;
    assert_eq!(other.ok(422)["type"], "/problems/key-reused");
}

#[tokio::test]
async fn a_total_is_a_whole_number_of_cents() {
    let shop = Shop::new();
    let (ada, tea) = (person(&shop, "ada@shop.example").await, shop.stock(1_000).await);
    for total in [json!(-1), json!(20.5), json!("2000"), json!([2_000])] {
        let refused = shop.ask::<CreateOrder>("/api/orders", &[("authorization", &ada)], &order(tea, total)).await;
        assert_eq!(refused.ok(400)["errors"][0]["field"], "expected_total_cents");
    }
}
