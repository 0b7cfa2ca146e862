//! The main path in one process: sign up, sign in, look at a product, order it.

use super::Shop;
use functions::routes::{catalog, orders, sessions, users};
use serde_json::{Value, json};

#[tokio::test]
async fn a_person_signs_up_signs_in_looks_and_orders() {
    let shop = Shop::new();
    let tea = shop.stock(250).await;
    let account = json!({ "name": "Ada", "email": "ada@shop.example", "password": "correct horse" });
    let id = shop.ask::<users::CreateUser>("/api/users", &[], &account).await.ok(201)["id"].clone();
    let profile = shop.ask::<users::GetUser>(&format!("/api/users/{}", id.as_str().unwrap()), &[], &Value::Null).await;
    assert_eq!(profile.ok(200)["name"], "Ada");

    let credentials = json!({ "email": "ADA@shop.example", "password": "correct horse" });
    let session = shop.ask::<sessions::CreateSession>("/api/sessions", &[], &credentials).await;
    let bearer = format!("Bearer {}", session.ok(201)["token"].as_str().unwrap());
    let signed_in = [("authorization", bearer.as_str())];

    let page = shop.ask::<catalog::ListProducts>("/api/products?limit=5", &[], &Value::Null).await;
    assert_eq!(page.ok(200)["items"][0]["id"], tea.to_string());
    let full = shop.ask::<catalog::GetProduct>(&format!("/api/products/{tea}"), &[], &Value::Null).await;
    assert_eq!(full.ok(200)["price_cents"], 250);

    let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 4 }] });
    let keyed = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
    let placed = shop.ask::<orders::CreateOrder>("/api/orders", &keyed, &lines).await;
    assert_eq!(placed.ok(201)["total_cents"], 1_000);
    let again = shop.ask::<orders::CreateOrder>("/api/orders", &keyed, &lines).await;
    assert_eq!(again.ok(201), placed.ok(201));
    assert_eq!((placed.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    let read = shop.ask::<orders::GetOrder>(placed.header("location"), &signed_in, &Value::Null).await;
    assert_eq!(read.ok(200), placed.ok(201));

    let out = shop.ask::<sessions::EndSession>("/api/sessions/current", &signed_in, &Value::Null).await;
    assert_eq!(out.status, 204, "{}", out.body);
    for refused in [
        shop.ask::<sessions::GetSession>("/api/sessions/current", &signed_in, &Value::Null).await,
        shop.ask::<orders::CreateOrder>("/api/orders", &keyed, &lines).await,
    ] {
        assert_eq!(refused.status, 401, "a signed-out token is as good as before: {}", refused.body);
    }
}

#[tokio::test]
async fn a_replay_survives_the_product() {
    let shop = Shop::new();
    let account = json!({ "name": "Ada", "email": "ada@shop.example", "password": "correct horse" });
    shop.ask::<users::CreateUser>("/api/users", &[], &account).await.ok(201);
    let credentials = json!({ "email": "ada@shop.example", "password": "correct horse" });
    let session = shop.ask::<sessions::CreateSession>("/api/sessions", &[], &credentials).await;
    let bearer = format!("Bearer {}", session.ok(201)["token"].as_str().unwrap());
    let keyed = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
    let tea = shop.stock(250).await;
    let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 1 }] });
    let placed = shop.ask::<orders::CreateOrder>("/api/orders", &keyed, &lines).await.ok(201).clone();
    // What the answer to the first post was must not depend on what has become of the product.
    let shop = shop.now_behind(|call| match call.operation.as_str() {
        "BatchGetItem" => super::Rule::Instead(200, json!({ "Responses": {}, "UnprocessedKeys": {} })),
        _ => super::Rule::Pass,
    });
    let again = shop.ask::<orders::CreateOrder>("/api/orders", &keyed, &lines).await;
    assert_eq!(again.ok(201), &placed);
    let fresh = [("authorization", bearer.as_str()), ("idempotency-key", "two")];
    assert_eq!(shop.ask::<orders::CreateOrder>("/api/orders", &fresh, &lines).await.status, 400);
}
