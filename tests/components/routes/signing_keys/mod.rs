//! What happens to requests when the signing keys cannot be read, and when they change.

use super::{Reply, Rule, Shop, races::person};
use aws_sdk_dynamodb::types::AttributeValue;
use functions::routes::{catalog, links, me, orders};
use serde_json::{Value, json};
use shared::{
    context::Cx,
    lambda::Ready,
    sign::{KeySource as _, READ_LIMIT},
    signing_keys::SigningKeys,
    version::Consistency,
};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tests::{dynamo::Tables, fault_injector::Call};

/// Base64 of 32 bytes, all of them `a` or all of them `b`.
const SECRETS: [(&str, &str); 2] =
    [("a", "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="), ("b", "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI=")];
/// A text with a signature by a key that was never published.
const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAAAG5vYm9keQY";

/// Writes the first keys of [`SECRETS`] into the table; the last of them signs.
pub(crate) async fn publish(tables: &Tables, count: usize) {
    let stored =
        |secret: &str| AttributeValue::M(HashMap::from([("secret".to_owned(), AttributeValue::S(secret.to_owned()))]));
    let keys = SECRETS[..count].iter().map(|(name, secret)| ((*name).to_owned(), stored(secret))).collect();
    write(tables, AttributeValue::M(keys), SECRETS[count - 1].0).await;
}

async fn write(tables: &Tables, keys: AttributeValue, signs: &str) {
    let put = aws_sdk_dynamodb::Client::new(&tables.sdk()).put_item().table_name(tables.name("SigningKeys"));
    let put = put.item("pk", AttributeValue::S("signing-keys".to_owned())).item("keys", keys);
    let put = put.item("signs", AttributeValue::S(signs.to_owned())).item("version", AttributeValue::N("1".to_owned()));
    put.send().await.unwrap();
}

/// What becomes of a read of the keys. The item that is there when a test begins is missing or
/// broken.
type Fault = fn() -> Rule;

fn behind(fault: Fault) -> Shop {
    Shop::reading_keys(move |call| if is_about_keys(call) { fault() } else { Rule::Pass })
}

fn is_about_keys(call: &Call) -> bool {
    call.body["TableName"].as_str().is_some_and(|table| table.ends_with("-signingkeys"))
}

/// Every way in which there is no key, but for a table that hangs.
async fn keyless() -> Vec<(&'static str, Shop)> {
    let dead: Fault = || Rule::refuse(500, "InternalServerError");
    let denied: Fault = || Rule::refuse(400, "AccessDeniedException");
    let (absent, corrupt, short) = (behind(|| Rule::Pass), behind(|| Rule::Pass), behind(|| Rule::Pass));
    write(corrupt.tables(), AttributeValue::S(SECRETS[0].1.to_owned()), "a").await;
    write(short.tables(), AttributeValue::M(HashMap::new()), "a").await;
    vec![
        ("dead", behind(dead)),
        ("denied", behind(denied)),
        ("absent", absent),
        ("corrupt", corrupt),
        ("without the key that signs", short),
    ]
}

#[track_caller]
fn comes_back(case: &str, reply: &Reply) {
    assert_eq!(reply.status, 503, "{case}: {}", reply.body);
    assert!(reply.header("retry-after").parse::<u32>().is_ok(), "{case}: no Retry-After");
    let text = reply.body.to_string();
    assert!(!text.contains("key") && !text.contains("table"), "{case}: {text}");
}

#[tokio::test]
async fn what_needs_no_key_is_answered_without_one() {
    for (case, shop) in keyless().await {
        let tea = shop.stock(250).await;
        let ada = person(&shop, "ada@shop.example").await;
        let signed_in = [("authorization", ada.as_str())];
        let list = shop.ask::<catalog::List>("/api/products", &[], &Value::Null).await;
        assert_eq!(list.ok(200)["items"][0]["id"], tea.to_string(), "{case}");
        shop.ask::<catalog::Search>("/api/search?q=tea", &[], &Value::Null).await.ok(200);
        shop.ask::<me::Get>("/api/me", &signed_in, &Value::Null).await.ok(200);
        // A write is done, and answered without a token.
        let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 1 }] });
        let placed = shop.ask::<orders::Create>("/api/orders", &signed_in, &lines).await;
        placed.ok(201);
        assert_eq!(placed.header("consistency-token"), "", "{case}");
        let page = shop.ask::<orders::List>("/api/orders", &signed_in, &Value::Null).await;
        assert_eq!(page.ok(200)["items"].as_array().map(Vec::len), Some(1), "{case}");
        shop.ask::<me::Export>("/api/me/export", &signed_in, &Value::Null).await.ok(200);
    }
}

#[tokio::test]
async fn what_needs_a_key_is_a_503_that_says_when_to_come_back() {
    for (case, shop) in keyless().await {
        let tea = shop.stock(250).await;
        shop.stock(250).await;
        let ada = person(&shop, "ada@shop.example").await;
        let signed_in = [("authorization", ada.as_str())];
        let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 1 }] });
        for _ in 0..2 {
            shop.ask::<orders::Create>("/api/orders", &signed_in, &lines).await.ok(201);
        }
        let null = Value::Null;
        // A page that goes on, which without its cursor would say that the list has ended.
        comes_back(case, &shop.ask::<catalog::List>("/api/products?limit=1", &[], &null).await);
        comes_back(case, &shop.ask::<orders::List>("/api/orders?limit=1", &signed_in, &null).await);
        // A cursor, of which nobody knows whether it is good.
        let cursor = |path: &str| format!("{path}cursor={UNKNOWN}");
        comes_back(case, &shop.ask::<catalog::List>(&cursor("/api/products?"), &[], &null).await);
        comes_back(case, &shop.ask::<catalog::Search>(&cursor("/api/search?q=tea&"), &[], &null).await);
        comes_back(case, &shop.ask::<orders::List>(&cursor("/api/orders?"), &signed_in, &null).await);
        comes_back(case, &shop.ask::<me::Export>(&cursor("/api/me/export?"), &signed_in, &null).await);
        // A link.
        let token = json!({ "token": UNKNOWN });
        comes_back(case, &shop.ask::<links::Verify>("/api/verifications", &[], &token).await);
        let new = json!({ "token": UNKNOWN, "password": "a whole new horse" });
        comes_back(case, &shop.ask::<links::Reset>("/api/passwords", &[], &new).await);
    }
}

/// A read might be answered with less than its client saw; a write says nothing of what was before.
#[tokio::test]
async fn a_token_that_cannot_be_opened_stops_reads_and_no_writes() {
    for (case, shop) in keyless().await {
        let tea = shop.stock(250).await;
        let ada = person(&shop, "ada@shop.example").await;
        let with_token = [("authorization", ada.as_str()), ("consistency-token", UNKNOWN)];
        comes_back(case, &shop.ask::<me::Get>("/api/me", &with_token, &Value::Null).await);
        let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 1 }] });
        let placed = shop.ask::<orders::Create>("/api/orders", &with_token, &lines).await;
        placed.ok(201);
        assert_eq!(placed.header("consistency-token"), "", "{case}: it would take the place of the other");
    }
}

/// The key may come back between the two ends of one write.
#[tokio::test]
async fn a_write_whose_token_was_not_opened_is_given_none() {
    let reads = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reads);
    let shop = Shop::reading_keys(move |call| {
        // Init, and the token that came along.
        let fails = is_about_keys(call) && count.fetch_add(1, Ordering::SeqCst) < 2;
        if fails { Rule::refuse(400, "AccessDeniedException") } else { Rule::Pass }
    });
    publish(shop.tables(), 1).await;
    // Signing in reads the key, too.
    let ada = person(&shop.elsewhere(), "ada@shop.example").await;
    let with_token = [("authorization", ada.as_str()), ("consistency-token", UNKNOWN)];
    let environment = shop.environment::<orders::Create>().await;
    let lines = json!({ "items": [{ "product_id": shop.stock(250).await.to_string(), "quantity": 1 }] });
    let placed = shop.ask_in(&environment, "/api/orders", &with_token, &lines).await;
    placed.ok(201);
    assert_eq!((placed.header("consistency-token"), reads.load(Ordering::SeqCst)), ("", 2));
    tokio::time::sleep(Duration::from_millis(600)).await;
    let signed_in = [("authorization", ada.as_str())];
    let placed = shop.ask_in(&environment, "/api/orders", &signed_in, &lines).await;
    placed.ok(201);
    assert_ne!(placed.header("consistency-token"), "", "the next use reads the key");
}

#[tokio::test]
async fn a_table_of_keys_that_hangs_delays_one_request_at_a_time_and_no_init_for_long() {
    let shop = behind(|| Rule::Delay(Duration::from_secs(30)));
    shop.stock(250).await;
    let start = Instant::now();
    let environment: Ready<catalog::List> = shop.environment().await;
    assert!(start.elapsed() < Duration::from_secs(1), "init took {:?}", start.elapsed());
    let ask = async |path: &str| {
        let start = Instant::now();
        (shop.ask_in(&environment, path, &[], &Value::Null).await, start.elapsed())
    };
    let (list, took) = ask("/api/products").await;
    list.ok(200);
    assert!(took < READ_LIMIT, "what needs no key waited for it: {took:?}");
    let cursor = format!("/api/products?cursor={UNKNOWN}");
    let (first, took) = ask(&cursor).await;
    comes_back("the first", &first);
    assert!(took < READ_LIMIT + Duration::from_secs(1), "{took:?}");
    let (second, took) = ask(&cursor).await;
    comes_back("the second", &second);
    assert!(took < Duration::from_millis(200), "{took:?}");
    // A write that is done waits no longer than it takes to notice.
    let ada = person(&shop, "ada@shop.example").await;
    let update = shop.environment::<me::Update>().await;
    let headers = [("authorization", ada.as_str()), ("content-type", "application/json")];
    let start = Instant::now();
    shop.ask_in(&update, "/api/me", &headers, &json!({ "name": "Countess" })).await.ok(200);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_key_that_is_published_is_found_and_a_new_one_is_known_to_those_who_meet_it() {
    let shop = behind(|| Rule::Pass);
    for _ in 0..3 {
        shop.stock(250).await;
    }
    let page = async |environment: &Ready<catalog::List>, cursor: &str| {
        let path = format!("/api/products?limit=1{cursor}");
        shop.ask_in(environment, &path, &[], &Value::Null).await
    };
    let next = |page: &Reply| format!("&cursor={}", page.ok(200)["next"].as_str().unwrap());
    let old = shop.environment::<catalog::List>().await;
    comes_back("before", &page(&old, "").await);
    publish(shop.tables(), 1).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let by_a = next(&page(&old, "").await);
    publish(shop.tables(), 2).await;
    let new = shop.elsewhere().environment::<catalog::List>().await;
    let by_b = next(&page(&new, "").await);
    page(&new, &by_a).await.ok(200);
    page(&old, &by_b).await.ok(200);
    assert_eq!(page(&old, &format!("&cursor={UNKNOWN}")).await.status, 400, "a made-up name");
}

#[tokio::test]
async fn a_broken_item_is_refused_and_its_keys_stay_out_of_the_log() {
    let tables = Tables::new();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let map = |name: &str, value: AttributeValue| AttributeValue::M(HashMap::from([(name.to_owned(), value)]));
    let secret = SECRETS[0].1;
    let broken = [
        (text(secret), "a"),
        (map("a", text(secret)), "a"),
        (map("a", map("secret", AttributeValue::L(vec![text(secret)]))), "a"),
        (map("a", map("secret", text(&secret[..20]))), "a"),
        (map("a", map("secret", text(&format!("{secret}!")))), "a"),
        (map("a", map("secret", text(secret))), secret),
        (map(&secret[..9], map("secret", text(secret))), "a"),
    ];
    let keys = SigningKeys::new(&tables.client(), tables.name("SigningKeys"));
    for (item, signs) in broken {
        write(&tables, item.clone(), signs).await;
        let error = keys.read(&Cx::detached(), Consistency::Strong).await.unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(!said.contains(&secret[..8]), "{item:?}: {said}");
    }
    publish(&tables, 2).await;
    keys.read(&Cx::detached(), Consistency::Strong).await.unwrap();
}
