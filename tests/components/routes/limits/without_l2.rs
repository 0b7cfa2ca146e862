//! Limits when L2 is gone.

use super::*;
use shared::session::COOKIE;

/// With the limits that go to AWS, and without an L2 or with one that is gone. Each request meets a
/// new environment.
#[tokio::test]
async fn sign_in_is_limited_without_l2_too_in_every_environment() {
    for cache in ["", "redis://127.0.0.1:1"] {
        let shop = Shop::with(&[("CACHE_URL", cache), ("LIMITS", "")], |_| Rule::Pass);
        let mut statuses = Vec::new();
        for n in 0..13 {
            let email = if n < 7 { "ada@shop.example".to_owned() } else { format!("{n}@shop.example") };
            let reply = shop.ask::<sessions::CreateSession>("/api/sessions", &[], &sign_in(&email)).await;
            statuses.push(reply.status);
        }
        assert_eq!(statuses[..7], [401, 401, 401, 401, 401, 429, 429], "one account, {cache:?}");
        assert_eq!(statuses[7..], [401; 6], "different people, {cache:?}");
    }
}

#[tokio::test]
async fn new_environments_refuse_nobody_within_the_limits_when_l2_is_gone() {
    let shop = Shop::with(&[("CACHE_URL", "redis://127.0.0.1:1"), ("LIMITS", "")], |_| Rule::Pass);
    let ada = person(&shop, "ada@shop.example").await;
    for n in 0..60 {
        let reply = shop.ask::<me::GetMe>("/api/me", &[("authorization", &ada)], &Value::Null).await;
        assert_eq!(reply.status, 200, "request {n}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_dead_cache_fails_no_request() {
    let shop = Shop::with(&[("CACHE_URL", "redis://127.0.0.1:1")], |_| Rule::Pass);
    let reply = shop.ask::<sessions::CreateSession>("/api/sessions", &[], &sign_in("ada@shop.example")).await;
    assert_eq!(reply.status, 401, "{}", reply.body);
}

/// A browser that was signed in before sends its old cookie along.
#[tokio::test]
async fn who_has_an_old_cookie_signs_in_without_l2_too() {
    let shop = Shop::with(&[("CACHE_URL", "redis://127.0.0.1:1")], |_| Rule::Pass);
    let old = person(&shop, "ada@shop.example").await;
    let cookie = format!("{COOKIE}={}", old.trim_start_matches("Bearer "));
    let reply = shop
        .ask::<sessions::CreateSession>("/api/sessions", &[("cookie", &cookie)], &sign_in("ada@shop.example"))
        .await;
    reply.ok(201);
    let ask = async |token: &str| {
        let headers = [("authorization", token)];
        shop.ask::<sessions::GetSession>("/api/sessions/current", &headers, &Value::Null).await.status
    };
    assert_eq!(ask(&old).await, 401, "the old session was to end");
    assert_eq!(ask(&format!("Bearer {}", reply.body["token"].as_str().unwrap())).await, 200);
}
