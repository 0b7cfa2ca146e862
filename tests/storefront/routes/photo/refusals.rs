//! What is no picture, was not offered, or belongs to another person.

use super::*;

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
