//! What happens to requests when the signing keys cannot be read, and when they change.

mod missing;
mod tokens;

use super::{Reply, Rule, Shop, person};
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
