//! Signing out, and reading one's own session.

use super::{Reply, Rule, Shop, person};
use functions::routes::sessions;
use serde_json::{Value, json};
use shared::session::COOKIE;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tests::redis::Redis;

const EMAIL: &str = "ada@shop.example";
const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");

async fn sign_out(shop: &Shop, headers: &[(&'static str, &str)]) -> Reply {
    shop.ask::<sessions::EndSession>("/api/sessions/current", headers, &Value::Null).await
}

#[track_caller]
fn clears_the_cookie(reply: &Reply) {
    assert_eq!(reply.status, 204, "{}", reply.body);
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with(&format!("{COOKIE}=;")) && cookie.contains("Max-Age=0"), "{cookie}");
}

#[tokio::test]
async fn a_sign_out_with_a_session_that_is_over_clears_the_cookie() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let cookie = format!("{COOKIE}={}", ada.trim_start_matches("Bearer "));
    for _ in 0..3 {
        clears_the_cookie(&sign_out(&shop, &[("cookie", &cookie), SAME_ORIGIN]).await);
    }
    clears_the_cookie(&sign_out(&shop, &[("authorization", &ada)]).await);
    for unreadable in ["nonsense", "", "a.b"] {
        clears_the_cookie(&sign_out(&shop, &[("cookie", &format!("{COOKIE}={unreadable}")), SAME_ORIGIN]).await);
    }
    // Nothing says that there is a session, or was one.
    for headers in [&[][..], &[("cookie", "session=a.b")], &[("authorization", "Bearer nonsense")]] {
        assert_eq!(sign_out(&shop, headers).await.status, 401, "{headers:?}");
    }
    // Everywhere: that must show whose sessions they are.
    let everywhere =
        shop.ask::<sessions::RevokeSessions>("/api/sessions", &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(everywhere.status, 401);
}

#[tokio::test]
async fn another_sites_page_signs_nobody_out() {
    let shop = Shop::new();
    let ada = person(&shop, EMAIL).await;
    let cookie = format!("{COOKIE}={}", ada.trim_start_matches("Bearer "));
    let reply = sign_out(&shop, &[("cookie", &cookie), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(reply.status, 403, "{}", reply.body);
    shop.ask::<sessions::GetSession>("/api/sessions/current", &[("cookie", &cookie)], &Value::Null).await.ok(200);
}

/// The session that a browser's cookie is for ends with the next sign-in, whatever other cookies
/// there are.
#[tokio::test]
async fn a_sign_in_ends_the_session_that_it_replaces_beside_any_cookie() {
    let shop = Shop::new();
    let mut ada = person(&shop, EMAIL).await;
    for other in ["city=Zürich; ", "a=b; ", "=; ; "] {
        let cookie = format!("{other}{COOKIE}={}", ada.trim_start_matches("Bearer "));
        let credentials = json!({ "email": EMAIL, "password": "correct horse" });
        let reply = shop.ask::<sessions::CreateSession>("/api/sessions", &[("cookie", &cookie)], &credentials).await;
        let next = format!("Bearer {}", reply.ok(201)["token"].as_str().unwrap());
        let current = async |token: &str| {
            let headers = [("authorization", token)];
            shop.ask::<sessions::GetSession>("/api/sessions/current", &headers, &Value::Null).await.status
        };
        assert_eq!((current(&ada).await, current(&next).await), (401, 200), "{other}");
        ada = next;
    }
}

/// `GET /api/sessions/current` with a table that fails: what L2 knows is enough.
#[tokio::test]
async fn a_session_that_l2_knows_is_shown_without_the_table() {
    let redis = Redis::start();
    let lost = Arc::new(AtomicBool::new(false));
    let fails = Arc::clone(&lost);
    let shop = Shop::with(&[("CACHE_URL", &redis.url())], move |_| {
        if fails.load(Ordering::SeqCst) { Rule::refuse(500, "InternalServerError") } else { Rule::Pass }
    });
    let ada = person(&shop, EMAIL).await;
    let current = async || {
        let headers = [("authorization", ada.as_str())];
        shop.ask::<sessions::GetSession>("/api/sessions/current", &headers, &Value::Null).await
    };
    let before = current().await;
    assert_eq!(before.ok(200)["user"]["name"], "Ada");
    lost.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        assert_eq!(current().await.ok(200), before.ok(200));
    }
    // Nothing but the session is left.
    let account = format!("{{user:{}}}:me:v1", before.ok(200)["user"]["id"].as_str().unwrap());
    assert_eq!(redis.command(&["DEL", &account]), ":1\r\n", "{account} is not where the account is kept");
    let bare = current().await;
    assert_eq!((bare.ok(200)["user"]["name"].clone(), bare.header("degraded")), (Value::Null, "name"));
    assert_eq!(bare.ok(200)["expires_at"], before.ok(200)["expires_at"]);
}
