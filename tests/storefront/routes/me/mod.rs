//! `/api/me`: one's own account.

use crate::helpers::{eventually, fixtures};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{
    aws::Aws,
    client::{PASSWORD, Person, Visitor, sign_up},
};

async fn me(person: &Person) -> Value {
    person.visitor.get("/api/me").await.ok("me", 200)
}

#[tokio::test]
async fn a_person_sees_their_own_account_and_nobody_elses() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    for person in [&ada, &eve] {
        let me = me(person).await;
        assert_eq!((&me["id"], &me["email"]), (&json!(person.id), &json!(person.email)));
        assert_eq!((&me["email_verified"], &me["version"]), (&json!(false), &json!(1)));
        assert_eq!(me["orders"]["count"], 0);
    }
    Visitor::new().get("/api/me").await.problem("nobody", 401, None);
}

#[tokio::test]
async fn people_take_along_their_account_and_their_orders_and_nobody_elses() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    let product = fixtures::product().await;
    let mut placed = Vec::new();
    for _ in 0..3 {
        placed.insert(0, ada.visitor.order(&[(&product, 1)], None).await.ok("an order", 201));
    }
    eve.visitor.order(&[(&product, 1)], None).await.ok("somebody else's", 201);
    let reply = ada.visitor.get("/api/me/export").await;
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let export = reply.ok("the export", 200);
    assert_eq!((&export["orders"], &export["next"]), (&json!(placed), &Value::Null));
    let me = me(&ada).await;
    for field in ["id", "name", "email", "email_verified", "photo_url", "created_at"] {
        assert_eq!(export["account"][field], me[field], "{field}");
    }
    Visitor::new().get("/api/me/export").await.problem("nobody", 401, None);
}

#[tokio::test]
async fn a_new_name_is_the_owners_at_once_and_everyones_within_six_seconds() {
    let ada = Visitor::new_person().await;
    let profile = format!("/api/users/{}", ada.id);
    // Into every cache that there is, the CDN's and the owner's view too.
    for _ in 0..3 {
        Visitor::new().get(&profile).await.ok("profile", 200);
        me(&ada).await;
    }
    let changed = ada.visitor.patch("/api/me", &json!({ "name": "Augusta Ada" }), Some("\"1\"")).await;
    assert_eq!(changed.ok("a new name", 200)["version"], 2);
    assert_eq!(me(&ada).await["name"], "Augusta Ada", "the owner sees the old name");
    let took = eventually(Duration::from_secs(6), "everyone sees the new name", || async {
        Visitor::new().get(&profile).await.ok("profile", 200)["name"] == "Augusta Ada"
    })
    .await;
    println!("everyone saw the new name after {took:?}");
}

#[tokio::test]
async fn a_change_based_on_an_old_version_is_refused_with_the_current_one() {
    let ada = Visitor::new_person().await;
    ada.visitor.patch("/api/me", &json!({ "name": "One" }), Some("\"1\"")).await.ok("first", 200);
    let late = ada.visitor.patch("/api/me", &json!({ "name": "Two" }), Some("\"1\"")).await;
    late.problem("based on version 1", 412, None);
    assert_eq!(serde_json::from_str::<Value>(&late.body).unwrap()["current_version"], 2);
    assert_eq!(me(&ada).await["name"], "One", "a refused change was made");
    ada.visitor.patch("/api/me", &json!({ "name": "Three" }), None).await.ok("on top of whatever is there", 200);
    for (version, status, field) in [
        ("1", 400, Some("If-Match")),
        ("\"1\" \"3\"", 400, Some("If-Match")),
        ("W/\"3\"", 412, None),
        ("\"three\"", 412, None),
        ("\"1\", \"2\"", 412, None),
    ] {
        let reply = ada.visitor.patch("/api/me", &json!({ "name": "X" }), Some(version)).await;
        reply.problem(version, status, field);
    }
    ada.visitor.patch("/api/me", &json!({ "name": "Four" }), Some("\"1\", \"3\"")).await.ok("one of two", 200);
}

#[tokio::test]
async fn two_changes_at_once_are_one_change_and_one_refusal() {
    let ada = Visitor::new_person().await;
    let (one, two) = (json!({ "name": "One" }), json!({ "name": "Two" }));
    let (one, two) = tokio::join!(
        ada.visitor.patch("/api/me", &one, Some("\"1\"")),
        ada.visitor.patch("/api/me", &two, Some("\"1\""))
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.body, two.body);
}

#[tokio::test]
async fn a_write_gives_a_token_and_a_read_takes_it() {
    let ada = Visitor::new_person().await;
    let changed = ada.visitor.patch("/api/me", &json!({ "name": "Augusta" }), None).await;
    changed.ok("a new name", 200);
    let token = changed.header("consistency-token").to_owned();
    assert!(!token.is_empty(), "{:?}", changed.headers);
    for (case, token) in [("the token", token.as_str()), ("a forged one", "AAAA"), ("too long", &"A".repeat(3_000))] {
        let read = ada.visitor.call(Method::GET, "/api/me", |r| r.header("consistency-token", token)).await;
        assert_eq!(read.ok(case, 200)["name"], "Augusta", "{case}");
        assert_eq!(read.header("consistency-token"), "", "{case}: a read gives none");
    }
}

#[tokio::test]
async fn who_has_the_answer_gets_no_body() {
    let ada = Visitor::new_person().await;
    let first = ada.visitor.get("/api/me").await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{:?}", first.headers);
    let again = ada.visitor.call(Method::GET, "/api/me", |r| r.header("if-none-match", &tag)).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    ada.visitor.patch("/api/me", &json!({ "name": "Augusta" }), None).await.ok("a new name", 200);
    let changed = ada.visitor.call(Method::GET, "/api/me", |r| r.header("if-none-match", &tag)).await;
    assert_eq!(changed.ok("changed", 200)["name"], "Augusta");
    let profile = Visitor::new().get(&format!("/api/users/{}", ada.id)).await;
    assert!(profile.header("etag").starts_with("W/\""), "{:?}", profile.headers);
}

#[tokio::test]
async fn a_change_that_no_route_made_is_forgotten_too() {
    let (ada, aws) = (Visitor::new_person().await, Aws::connect().await);
    assert_eq!(me(&ada).await["name"], "Ada Lovelace");
    let mut item = aws.item("USERS_TABLE", &format!("user#{}", ada.id)).await.unwrap();
    item["name"] = json!("Changed by hand");
    item["version"] = json!(2);
    aws.put("USERS_TABLE", &item).await;
    eventually(Duration::from_secs(6), "the stream makes L2 forget", || async {
        me(&ada).await["name"] == "Changed by hand"
    })
    .await;
}

#[tokio::test]
async fn what_is_no_change_is_refused() {
    let ada = Visitor::new_person().await;
    for (case, body, field) in [
        ("nothing", json!({}), "name"),
        ("an empty name", json!({ "name": "" }), "name"),
        ("a long name", json!({ "name": "x".repeat(101) }), "name"),
        ("control characters", json!({ "name": "a\u{0}b" }), "name"),
        ("a field that is not theirs", json!({ "name": "Ada", "version": 9 }), "version"),
        ("somebody else's address", json!({ "name": "Ada", "email": "a@b.example" }), "email"),
    ] {
        ada.visitor.patch("/api/me", &body, None).await.problem(case, 400, Some(field));
    }
    assert_eq!(me(&ada).await["version"], 1, "something was written");
}

#[tokio::test]
async fn a_deleted_account_is_gone_for_everyone_and_its_address_free_again() {
    let (ada, aws, product) = (Visitor::new_person().await, Aws::connect().await, fixtures::product().await);
    let other = ada.sign_in_again().await;
    let profile = format!("/api/users/{}", ada.id);
    Visitor::new().get(&profile).await.ok("before", 200);
    let order = ada.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
    let gone = ada.visitor.call(Method::DELETE, "/api/me", |request| request).await;
    assert_eq!((gone.status, gone.body.as_str()), (204, ""));
    for session in [&ada, &other] {
        session.visitor.get("/api/me").await.problem("a session of nobody", 401, None);
    }
    let credentials = json!({ "email": ada.email, "password": PASSWORD });
    Visitor::new().post("/api/sessions", &credentials).await.problem("sign in", 401, None);
    eventually(Duration::from_secs(6), "the profile is gone", || async {
        Visitor::new().get(&profile).await.status == 404
    })
    .await;

    let left = aws.item("USERS_TABLE", &format!("user#{}", ada.id)).await.unwrap();
    assert_eq!(left["version"], 2, "the tombstone has the next version");
    for secret in [ada.email.as_str(), "Ada Lovelace", "argon2"] {
        assert!(!left.to_string().contains(secret), "the tombstone holds {secret}: {left}");
    }
    let orders = aws.partition("ORDERS_TABLE", &format!("user#{}", ada.id)).await;
    assert_eq!(orders[0]["id"], order["id"], "the order stays");
    assert!(!orders[0].to_string().contains(&ada.email), "the order names its owner: {orders:?}");
    let again = Visitor::new().post("/api/users", &sign_up(&ada.email)).await.ok("the address is free", 201);
    assert_ne!(again["id"], ada.id);
}
