//! Limits as a client meets them: the problem, the headers, and who counts as one client.

mod clients;
mod without_l2;

use super::{Reply, Rule, Shop, person};
use functions::{
    ids::UserId,
    routes::{GetHealth, me, orders, sessions, users},
};
use serde_json::{Value, json};
use tests::redis::Redis;

const SECRET: &str = "an origin secret of 34 characters..";

/// A shop with an L2, and with these settings.
fn shop(redis: &Redis, settings: &[(&str, &str)]) -> Shop {
    let url = redis.url();
    let mut all = vec![("CACHE_URL", url.as_str()), ("LIMITS", "")];
    all.extend(settings);
    Shop::with(&all, |_| Rule::Pass).patient()
}

fn sign_in(email: &str) -> Value {
    json!({ "email": email, "password": "correct horse" })
}

#[track_caller]
fn too_many(reply: &Reply) {
    assert_eq!((reply.status, &reply.body["type"]), (429, &json!("/problems/too-many-requests")), "{}", reply.body);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let wait: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=3_700).contains(&wait), "{wait}");
    assert!(reply.header("ratelimit").contains(&format!(";t={wait}")), "{}", reply.header("ratelimit"));
}

#[tokio::test]
async fn what_the_cdn_keeps_tells_nobody_s_limits() {
    let redis = Redis::start();
    let shop = shop(&redis, &[("LIMITS", "users-get:2/60")]);
    let email = json!({ "name": "Ada", "email": "ada@shop.example", "password": "correct horse" });
    let created = shop.ask::<users::CreateUser>("/api/users", &[], &email).await;
    assert!(!created.header("ratelimit").is_empty(), "its own client may know: {:?}", created.headers);
    let path = format!("/api/users/{}", created.ok(201)["id"].as_str().unwrap());
    let environment = shop.environment::<users::GetUser>().await;
    for _ in 0..2 {
        let reply = shop.ask_in(&environment, &path, &[], &Value::Null).await;
        reply.ok(200);
        assert_eq!((reply.header("ratelimit"), reply.header("ratelimit-policy")), ("", ""));
    }
    too_many(&shop.ask_in(&environment, &path, &[], &Value::Null).await);
}

#[tokio::test]
async fn health_has_no_limit_and_asks_nobody() {
    let shop = Shop::with(&[("CACHE_URL", "redis://127.0.0.1:1")], |_| panic!("the table was asked"));
    for _ in 0..50 {
        let reply = shop.ask::<GetHealth>("/health", &[], &Value::Null).await;
        reply.ok(200);
        assert_eq!(reply.header("ratelimit"), "");
    }
}

#[tokio::test]
async fn a_slip_in_the_configuration_is_an_error_at_init() {
    let shop = Shop::with(&[("LIMITS", "sessions-create:5/61")], |_| Rule::Pass);
    let error = shop.fails_to_start::<sessions::CreateSession>().await;
    assert_eq!(error.variable, "LIMITS", "{error}");
}
