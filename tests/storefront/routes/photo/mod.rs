//! `/api/me/photo`: a picture is offered, uploaded to the bucket, confirmed, and only then shown.

mod publishing;
mod refusals;
mod removal;

use crate::helpers::eventually;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{
    aws::Aws,
    client::{Person, Reply, Visitor, http},
    cloud::Cloud,
};

/// A grey dot.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\
\0\0\0\x0aIDATx\x9cch\0\0\0\x82\0\x81w\xcdr\xb6\0\0\0\0IEND\xaeB`\x82";

async fn offer(person: &Person) -> Value {
    offer_of(person, "image/png", PICTURE).await
}

async fn offer_of(person: &Person, content_type: &str, bytes: &[u8]) -> Value {
    let wanted = json!({ "content_type": content_type, "size": bytes.len() });
    person.visitor.put("/api/me/photo", &wanted).await.ok("an offer", 200)
}

async fn confirm(person: &Person, offer: &Value) -> Reply {
    person.visitor.put("/api/me/photo", &json!({ "photo": offer["photo"] })).await
}

/// Uploads as the offer says, but for another type if there is one.
async fn upload(offer: &Value, content_type: Option<&str>, bytes: &[u8]) -> StatusCode {
    let upload = &offer["upload"];
    assert_eq!(upload["method"], "PUT");
    let offered = upload["headers"]["content-type"].as_str().unwrap();
    let request = http().put(upload["url"].as_str().unwrap()).header("content-type", content_type.unwrap_or(offered));
    let request = request.header("if-none-match", upload["headers"]["if-none-match"].as_str().unwrap());
    request.body(bytes.to_vec()).send().await.unwrap().status()
}

/// A person with a picture, and its address.
async fn shown() -> (Person, String) {
    let person = Visitor::new_person().await;
    let offer = offer(&person).await;
    assert_eq!(upload(&offer, None, PICTURE).await, 200);
    let me = confirm(&person, &offer).await.ok("confirmed", 200);
    let url = me["photo_url"].as_str().unwrap_or_else(|| panic!("no picture: {me}")).to_owned();
    (person, url)
}
