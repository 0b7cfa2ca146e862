//! People who do the same thing at once, and people who look for what is not theirs.

use super::{Rule, Shop};
use functions::routes::{orders, sessions, users};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const PASSWORD: &str = "correct horse";

/// Signs up and in; the `Authorization` header's value.
async fn person(shop: &Shop, email: &str) -> String {
    let account = json!({ "name": "Ada", "email": email, "password": PASSWORD });
    shop.ask::<users::Create>("/api/users", &[], &account).await.ok(201);
    let credentials = json!({ "email": email, "password": PASSWORD });
    let session = shop.ask::<sessions::Create>("/api/sessions", &[], &credentials).await;
    format!("Bearer {}", session.ok(201)["token"].as_str().unwrap())
}

#[tokio::test]
async fn two_hundred_sign_ups_for_one_address_make_one_account() {
    let shop = Shop::new();
    let spellings = ["ada@shop.example", "ADA@shop.example", " ada@SHOP.example ", "Ada@Shop.Example"];
    let sign_up = async |n: usize| {
        let account = json!({ "name": "Ada", "email": spellings[n % spellings.len()], "password": PASSWORD });
        shop.ask::<users::Create>("/api/users", &[], &account).await
    };
    let replies = join_all((0..200).map(sign_up)).await;
    let made: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(made.len(), 1, "accounts with one address");
    for lost in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!((lost.status, &lost.body["errors"][0]["field"]), (409, &json!("email")), "{}", lost.body);
    }
    let credentials = json!({ "email": "ada@shop.example", "password": PASSWORD });
    let session = shop.ask::<sessions::Create>("/api/sessions", &[], &credentials).await;
    assert_eq!(session.ok(201)["user"]["id"], made[0].body["id"], "the guard leads to another account");
}

#[tokio::test]
async fn anothers_order_is_looked_for_exactly_as_one_that_never_was() {
    let seen = Arc::new(Mutex::new(Vec::<String>::new()));
    let log = Arc::clone(&seen);
    let shop = Shop::behind(move |call| {
        log.lock().unwrap().push(call.operation.clone());
        Rule::Pass
    });
    let (ada, eve) = (person(&shop, "ada@shop.example").await, person(&shop, "eve@shop.example").await);
    let tea = shop.stock(250).await;
    let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 1 }] });
    let placed = shop.ask::<orders::Create>("/api/orders", &[("authorization", &ada)], &lines).await;
    placed.ok(201);
    let look = async |path: &str| {
        seen.lock().unwrap().clear();
        let reply = shop.ask::<orders::Get>(path, &[("authorization", &eve)], &Value::Null).await;
        assert_eq!(reply.status, 404, "{}", reply.body);
        (seen.lock().unwrap().clone(), reply.body)
    };
    // The same calls take the same time, whatever a clock on this machine would say.
    let others = look(placed.header("location")).await;
    let nobodys = look("/api/orders/019a0000-0000-7000-8000-000000000000").await;
    assert_eq!(others, nobodys);
    assert_eq!(others.0, ["GetItem", "GetItem"], "the session, and the order under its reader's own key");
}
