//! An answer to a failure on our side: it has the status and when to try again, and shows nothing
//! of the internals.

use super::{Reply, Rule, Shop};
use functions::{
    ids::{ProductId, UserId},
    routes::{GetHealth, catalog, sessions, users},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Words that only somebody who knows the inside would say.
const INTERNAL: &[&str] = &[
    "dynamo",
    "table",
    "aws",
    "sdk",
    "127.0.0.1",
    "connect",
    "timeout",
    "throttl",
    "provision",
    "deserial",
    "shared::",
    "panic",
];

#[track_caller]
fn gives_nothing_away(case: &str, reply: &Reply) {
    let text = reply.body.to_string().to_lowercase();
    for word in INTERNAL {
        assert!(!text.contains(word), "{case}: {word:?} in {text}");
    }
    assert_eq!(reply.header("content-type"), "application/problem+json", "{case}");
    assert_eq!(reply.header("cache-control"), "private, no-store", "{case}: one person's error is everyone's");
}

#[track_caller]
fn unavailable(case: &str, reply: &Reply) {
    assert_eq!(reply.status, 503, "{case}: {}", reply.body);
    assert!(reply.header("retry-after").parse::<u32>().is_ok(), "{case}: no Retry-After: {:?}", reply.headers);
    gives_nothing_away(case, reply);
}

/// A read at a public path, a write, and a read behind a session, which differ in what they do
/// first.
async fn ask_all(shop: &Shop, time: Duration) -> [(&'static str, Reply); 3] {
    let profile = format!("/api/users/{}", UserId::generate());
    let bearer = format!("Bearer {}.{}", UserId::generate(), "A".repeat(43));
    let credentials = json!({ "email": "ada@shop.example", "password": "correct horse" });
    let signed_in = [("authorization", bearer.as_str())];
    [
        ("profile", shop.ask_within::<users::GetUser>(time, &profile, &[], &Value::Null).await),
        ("sign in", shop.ask_within::<sessions::CreateSession>(time, "/api/sessions", &[], &credentials).await),
        (
            "session",
            shop.ask_within::<sessions::GetSession>(time, "/api/sessions/current", &signed_in, &Value::Null).await,
        ),
    ]
}

#[tokio::test]
async fn a_deadline_that_comes_near_is_a_503_in_time() {
    let shop = Shop::behind(|_| Rule::Delay(Duration::from_secs(20)));
    let start = Instant::now();
    for (case, reply) in ask_all(&shop, Duration::from_millis(300)).await {
        unavailable(case, &reply);
    }
    assert!(start.elapsed() < Duration::from_secs(4), "three deadlines of 0.3 s took {:?}", start.elapsed());
}

#[tokio::test]
async fn a_table_that_fails_is_a_503_that_says_when_to_come_back() {
    for code in ["InternalServerError", "ServiceUnavailable"] {
        let shop = Shop::behind(move |_| Rule::refuse(if code == "ServiceUnavailable" { 503 } else { 500 }, code));
        for (case, reply) in ask_all(&shop, Duration::from_secs(3)).await {
            unavailable(&format!("{case}, {code}"), &reply);
        }
    }
    let throttled = Shop::behind(|_| Rule::refuse(400, "ProvisionedThroughputExceededException"));
    for (case, reply) in ask_all(&throttled, Duration::from_secs(3)).await {
        unavailable(&format!("{case}, throttled"), &reply);
    }
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_a_500_without_its_contents() {
    let shop = Shop::behind(|call| match call.operation.as_str() {
        "GetItem" => Rule::Instead(200, json!({ "Item": { "pk": { "S": "product#1" }, "hidden": { "S": "secret" } } })),
        _ => Rule::Pass,
    });
    let path = format!("/api/products/{}", ProductId::generate());
    let reply = shop.ask::<catalog::GetProduct>(&path, &[], &Value::Null).await;
    assert_eq!(reply.status, 500, "{}", reply.body);
    gives_nothing_away("a corrupt item", &reply);
    assert!(!reply.body.to_string().contains("secret"), "{}", reply.body);
}

#[tokio::test]
async fn health_needs_nothing() {
    let shop = Shop::behind(|_| Rule::refuse(500, "InternalServerError"));
    assert_eq!(shop.ask::<GetHealth>("/health", &[], &Value::Null).await.ok(200)["status"], "healthy");
}

#[tokio::test]
async fn a_request_that_is_refused_says_so_without_asking_the_table() {
    // A request counts, whatever is in it.
    let shop = Shop::behind(|call| match call.body["TableName"].as_str() {
        Some(table) if table.ends_with("-limits") => Rule::Pass,
        _ => panic!("the table was asked"),
    });
    let reply = shop.ask::<users::CreateUser>("/api/users", &[], &json!({ "name": "Ada" })).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    let reply = shop.ask::<catalog::GetProduct>("/api/products/42", &[], &Value::Null).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    let reply = shop.ask::<sessions::GetSession>("/api/sessions/current", &[], &Value::Null).await;
    assert_eq!(reply.status, 401, "{}", reply.body);
}
