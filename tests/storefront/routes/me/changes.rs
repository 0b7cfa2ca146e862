//! Changes of one's own account.

use super::*;

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
