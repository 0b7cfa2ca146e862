//! Several people do the same thing at once, or look for what belongs to another person.

use super::{Rule, Shop, person};
use functions::{
    accounts::users::{SignUpError, User, Users},
    ids::UserId,
    routes::orders,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::{app::FromApp as _, clock::Clock, context::Cx, version::Version};
use std::sync::{Arc, Mutex};

/// Below the route, which would hash two hundred passwords on one thread; it answers 409 to
/// [`SignUpError::Taken`].
#[tokio::test]
async fn two_hundred_sign_ups_for_one_address_make_one_account() {
    let shop = Shop::new();
    let users = Users::from_app(shop.app()).await.unwrap();
    let spellings = ["ada@shop.example", "ADA@shop.example", " ada@SHOP.example ", "Ada@Shop.Example"];
    let sign_up = async |n: usize| {
        let (id, email) = (UserId::generate(), spellings[n % spellings.len()].parse().unwrap());
        let (created_at, version) = (Clock::system().now(), Version::FIRST);
        let (name, password_hash) = ("Ada".to_owned(), String::new());
        let (photo, photo_offer) = (None, 0);
        let user =
            User { id, name, email, password_hash, email_verified: false, photo, photo_offer, created_at, version };
        loop {
            match users.create(&Cx::detached(), user.clone()).await {
                // Two hundred at once can take longer than a call may. Who asks again is told all
                // the same.
                Err(SignUpError::Table(error)) if error.is_unavailable() => {}
                outcome => return outcome.map(|()| id),
            }
        }
    };
    let outcomes = join_all((0..200).map(sign_up)).await;
    let accounts = users.list(&Cx::detached(), 10, None).await.unwrap().items;
    assert_eq!(accounts.len(), 1, "accounts with one address");
    let made: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    assert!(made.iter().all(|id| **id == accounts[0].id), "somebody was told of an account that is not there");
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Err(SignUpError::Taken))).count();
    assert!(made.len() <= 1 && taken + made.len() == 200, "the others are not told why: {outcomes:?}");
    let found = users.by_email(&Cx::detached(), &spellings[0].parse().unwrap()).await.unwrap();
    assert_eq!(found.map(|user| user.id), Some(accounts[0].id), "the guard leads to another account");
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
    let placed = shop.ask::<orders::CreateOrder>("/api/orders", &[("authorization", &ada)], &lines).await;
    placed.ok(201);
    let look = async |path: &str| {
        seen.lock().unwrap().clear();
        let reply = shop.ask::<orders::GetOrder>(path, &[("authorization", &eve)], &Value::Null).await;
        assert_eq!(reply.status, 404, "{}", reply.body);
        (seen.lock().unwrap().clone(), reply.body)
    };
    // The same calls take the same time, whatever a clock on this machine would say.
    let others = look(placed.header("location")).await;
    let nobodys = look("/api/orders/019a0000-0000-7000-8000-000000000000").await;
    assert_eq!(others, nobodys);
    assert_eq!(others.0, ["GetItem"; 3], "the session, the epoch, and the order under its reader's own key");
}
