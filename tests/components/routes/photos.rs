//! Pictures while the bucket does not answer.

use super::{Reply, Shop, person};
use functions::routes::me;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::fault_injector::Rule;

const EMAIL: &str = "ada@example.com";

/// A shop whose bucket does what `rule` says. Amazon S3 names no operation in a header.
fn shop(rule: fn() -> Rule) -> Shop {
    Shop::with(&[("MEDIA_BUCKET", "media")], move |call| if call.operation.is_empty() { rule() } else { Rule::Pass })
}

async fn photo(shop: &Shop, who: &str, body: &Value) -> (Duration, Reply) {
    let (started, headers) = (Instant::now(), [("authorization", who), ("content-type", "application/json")]);
    let reply = shop.ask_within::<me::PutPhoto>(Duration::from_secs(4), "/api/me/photo", &headers, body).await;
    (started.elapsed(), reply)
}

/// An address is a signature, which needs no bucket; whether something came there does.
async fn is_offered_and_cannot_be_confirmed(shop: &Shop, who: &str) {
    let (_, offer) = photo(shop, who, &json!({ "content_type": "image/png", "size": 70 })).await;
    let confirmed = json!({ "photo": offer.ok(200)["photo"] });
    let (took, refused) = photo(shop, who, &confirmed).await;
    assert_eq!((refused.status, refused.header("retry-after").is_empty()), (503, false), "{}", refused.body);
    // The request has four seconds; the rest is for a busy machine.
    assert!(took < Duration::from_secs(5), "the answer was out after {took:?}");
}

#[tokio::test]
async fn a_bucket_that_is_gone_stops_no_account_and_no_other_write() {
    let shop = shop(|| Rule::Instead(503, Value::Null));
    let ada = person(&shop, EMAIL).await;
    is_offered_and_cannot_be_confirmed(&shop, &ada).await;
    let headers = [("authorization", ada.as_str()), ("content-type", "application/json")];
    shop.ask::<me::UpdateMe>("/api/me", &headers, &json!({ "name": "Ada" })).await.ok(200);
    shop.ask::<me::DeleteMe>("/api/me", &headers, &Value::Null).await.ok(204);
}

#[tokio::test]
async fn a_bucket_that_hangs_leaves_time_for_an_answer() {
    let shop = shop(|| Rule::Delay(Duration::from_mins(1)));
    let ada = person(&shop, EMAIL).await;
    is_offered_and_cannot_be_confirmed(&shop, &ada).await;
}
