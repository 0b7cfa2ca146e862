//! `/api/me/photo`: a picture is offered, uploaded to the bucket, confirmed, and only then shown.

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

#[tokio::test]
async fn a_picture_shows_once_it_is_confirmed_and_not_before() {
    let ada = Visitor::new_person().await;
    let offer = offer(&ada).await;
    assert_eq!(offer["upload"]["headers"]["content-length"], PICTURE.len().to_string());
    let url = offer["upload"]["url"].as_str().unwrap();
    assert!(url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&"), "{url}");
    assert!(!url.contains(&ada.id), "the address says whose picture it is: {url}");
    confirm(&ada, &offer).await.problem("nothing was uploaded", 400, Some("photo"));
    assert_eq!(upload(&offer, None, PICTURE).await, 200);

    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    let (media, pending) = (format!("/media/{name}"), format!("/pending/{name}"));
    for path in [&media, &pending] {
        Visitor::new().get(path).await.problem("not confirmed", 404, None);
    }
    assert_eq!(ada.visitor.get("/api/me").await.ok("me", 200)["photo_url"], Value::Null);

    let confirmed = confirm(&ada, &offer).await;
    assert_eq!(confirmed.header("cache-control"), "private, no-store");
    assert_eq!(confirmed.ok("confirmed", 200)["photo_url"], json!(media));
    assert_eq!(ada.visitor.get("/api/me").await.ok("me", 200)["photo_url"], json!(media));
    eventually(Duration::from_secs(6), "everyone sees it", || async {
        Visitor::new().get(&format!("/api/users/{}", ada.id)).await.ok("profile", 200)["photo_url"] == json!(media)
    })
    .await;
    assert_eq!(confirm(&ada, &offer).await.ok("asked again", 200)["photo_url"], json!(media));
    Visitor::new().get(&pending).await.problem("what was uploaded is not served", 404, None);
}

#[tokio::test]
async fn what_is_no_picture_inside_is_not_published() {
    let ada = Visitor::new_person().await;
    for (content_type, bytes) in [
        ("image/png", &b"<!doctype html><script>alert(1)</script>"[..]),
        ("image/webp", b"\0"),
        ("image/jpeg", PICTURE),
        ("image/png", &PICTURE[..PICTURE.len() - 12]),
    ] {
        let offer = offer_of(&ada, content_type, bytes).await;
        assert_eq!(upload(&offer, None, bytes).await, 200);
        confirm(&ada, &offer).await.problem(content_type, 400, Some("photo"));
        let name = offer["upload"]["url"].as_str().unwrap().split('?').next().unwrap().rsplit('/').next().unwrap();
        Visitor::new().get(&format!("/media/{name}")).await.problem("not published", 404, None);
    }
    assert_eq!(ada.visitor.get("/api/me").await.ok("me", 200)["photo_url"], Value::Null);
}

#[tokio::test]
async fn a_picture_is_published_without_what_it_tells_about_its_owner() {
    let ada = Visitor::new_person().await;
    // A text chunk before the end, and something behind it.
    let end = PICTURE.len() - 12;
    let text = b"\0\0\0\x0dtEXtGPS\0somewhere\x8c\x6e\xcb\x4c";
    let bytes = [&PICTURE[..end], text, &PICTURE[end..], b"and a film"].concat();
    let offer = offer_of(&ada, "image/png", &bytes).await;
    assert_eq!(upload(&offer, None, &bytes).await, 200);
    let url = confirm(&ada, &offer).await.ok("confirmed", 200)["photo_url"].as_str().unwrap().to_owned();
    let picture = http().get(format!("{}{url}", Cloud::get().base_url)).send().await.unwrap();
    assert_eq!(picture.bytes().await.unwrap(), PICTURE);
}

#[tokio::test]
async fn a_picture_is_served_as_what_it_is_and_kept_for_a_day() {
    let (_, url) = shown().await;
    for (case, path) in [("first", url.clone()), ("a query that S3 would obey", format!("{url}?acl&versionId=1"))] {
        let picture = http().get(format!("{}{path}", Cloud::get().base_url)).send().await.unwrap();
        assert_eq!(picture.status(), 200, "{case}");
        for (header, value) in [
            ("content-type", "image/png"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "public, max-age=86400, immutable"),
        ] {
            assert_eq!(picture.headers()[header], value, "{case}: {header}");
        }
        assert_eq!(picture.bytes().await.unwrap(), PICTURE, "{case}");
    }
    let again = Visitor::new().get(&url).await;
    assert!(again.header("x-cache").to_ascii_lowercase().contains("hit"), "{:?}", again.headers);
    for method in [Method::PUT, Method::POST, Method::DELETE] {
        let refused = Visitor::new().call(method.clone(), &url, |request| request.body("x")).await;
        assert!(refused.status >= 400, "{method} {url}: {}", refused.status);
    }
    Visitor::new().get("/media/").await.problem("a list of all", 404, None);
    Visitor::new().get(&format!("/media/{}.png", "0".repeat(32))).await.problem("no picture", 404, None);
}

#[tokio::test]
async fn the_bucket_refuses_what_was_not_offered() {
    let ada = Visitor::new_person().await;
    let offer = offer(&ada).await;
    assert_eq!(upload(&offer, Some("text/html"), PICTURE).await, 403, "another type");
    assert_eq!(upload(&offer, None, &PICTURE[1..]).await, 403, "too short");
    assert_eq!(upload(&offer, None, &[PICTURE, b"!"].concat()).await, 403, "too long");
    let elsewhere = offer["upload"]["url"].as_str().unwrap().replace("/pending/", "/media/");
    let mut moved = offer.clone();
    moved["upload"]["url"] = json!(elsewhere);
    assert_eq!(upload(&moved, None, PICTURE).await, 403, "where it would be served");
    confirm(&ada, &offer).await.problem("nothing came of it", 400, Some("photo"));
}

/// Caches keep a picture under its name, which must never mean other bytes.
#[tokio::test]
async fn a_picture_that_was_taken_down_does_not_come_back_as_another() {
    let ada = Visitor::new_person().await;
    let first = offer(&ada).await;
    assert_eq!(upload(&first, None, PICTURE).await, 200);
    let url = confirm(&ada, &first).await.ok("confirmed", 200)["photo_url"].as_str().unwrap().to_owned();
    let second = offer(&ada).await;
    assert_eq!(upload(&second, None, PICTURE).await, 200);
    confirm(&ada, &second).await.ok("another", 200);
    let mut other = PICTURE.to_vec();
    other.reverse();
    assert_eq!(upload(&first, None, &other).await, 412, "the bytes were exchanged");
    assert_eq!(confirm(&ada, &first).await.ok("the first again", 200)["photo_url"], json!(url));
    let picture = http().get(format!("{}{url}", Cloud::get().base_url)).send().await.unwrap();
    assert_eq!(picture.bytes().await.unwrap(), PICTURE);
}

#[tokio::test]
async fn nobody_confirms_what_is_not_theirs() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    let offer = offer(&ada).await;
    assert_eq!(upload(&offer, None, PICTURE).await, 200);
    confirm(&eve, &offer).await.problem("another's", 400, Some("photo"));
    let token = offer["photo"].as_str().unwrap();
    let (head, tail) = token.split_at(token.len() - 4);
    let other = if tail == "AAAA" { "BBBB" } else { "AAAA" };
    for forged in [format!("{head}{other}"), head.to_owned(), String::new(), "pending/x.png".to_owned()] {
        ada.visitor.put("/api/me/photo", &json!({ "photo": forged })).await.problem("forged", 400, Some("photo"));
    }
    for person in [&ada, &eve] {
        let item = Aws::connect().await.item("USERS_TABLE", &format!("user#{}", person.id)).await.unwrap();
        assert_eq!(item["version"], 1, "something was written");
    }
    Visitor::new().put("/api/me/photo", &json!({ "photo": token })).await.problem("nobody", 401, None);
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old_one() {
    let (ada, old) = shown().await;
    let next = offer(&ada).await;
    assert_eq!(upload(&next, None, PICTURE).await, 200);
    let me = confirm(&ada, &next).await.ok("the next", 200);
    assert_ne!(me["photo_url"], json!(old));
    // No cache has it yet: only the bucket can answer.
    Visitor::new().get(&old).await.problem("the old one is deleted", 404, None);
    assert_eq!(Visitor::new().get(me["photo_url"].as_str().unwrap()).await.status, 200, "the new one");
}

#[tokio::test]
async fn a_picture_that_its_owner_takes_down_is_gone_from_the_cdn_within_seconds() {
    for deletes in [false, true] {
        let (ada, old) = shown().await;
        Visitor::new().get(&old).await;
        let kept = Visitor::new().get(&old).await;
        assert!(kept.header("x-cache").to_ascii_lowercase().contains("hit"), "{:?}", kept.headers);
        if deletes {
            assert_eq!(ada.visitor.call(Method::DELETE, "/api/me", |request| request).await.status, 204);
        } else {
            let next = offer(&ada).await;
            assert_eq!(upload(&next, None, PICTURE).await, 200);
            confirm(&ada, &next).await.ok("the next", 200);
        }
        eventually(Duration::from_secs(5), "the CDN has forgotten it", || async {
            Visitor::new().get(&old).await.status == 404
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let ada = Visitor::new_person().await;
    let max = 5 * 1024 * 1024;
    for (case, body, field) in [
        ("nothing", json!({}), "content_type"),
        ("no size", json!({ "content_type": "image/png" }), "size"),
        ("no type", json!({ "size": 1 }), "content_type"),
        ("a program", json!({ "content_type": "image/svg+xml", "size": 1 }), "content_type"),
        ("a page", json!({ "content_type": "text/html", "size": 1 }), "content_type"),
        ("a parameter", json!({ "content_type": "image/png; x=y", "size": 1 }), "content_type"),
        ("empty", json!({ "content_type": "image/png", "size": 0 }), "size"),
        ("too large", json!({ "content_type": "image/png", "size": max + 1 }), "size"),
        ("both at once", json!({ "content_type": "image/png", "size": 1, "photo": "x" }), "photo"),
        ("a key of one's own", json!({ "content_type": "image/png", "size": 1, "key": "media/x.png" }), "key"),
    ] {
        ada.visitor.put("/api/me/photo", &body).await.problem(case, 400, Some(field));
    }
    let largest = json!({ "content_type": "image/webp", "size": max });
    let offer = ada.visitor.put("/api/me/photo", &largest).await.ok("the largest", 200);
    let url = offer["upload"]["url"].as_str().unwrap();
    assert!(url.contains(".webp?"), "{url}");
}
