//! `/api/admin`: only administrators may use it.

use crate::helpers::eventually;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tests::client::Visitor;
use uuid::Uuid;

fn tea(price_cents: u64) -> Value {
    json!({ "name": "Tuesday Tea", "description": "Holds.", "category": "admin-test", "price_cents": price_cents })
}

fn path() -> (String, String) {
    let id = Uuid::now_v7();
    (format!("/api/admin/products/{id}"), format!("/api/products/{id}"))
}

#[tokio::test]
async fn only_administrators_get_in() {
    let (admin_path, public_path) = path();
    let (person, nobody) = (Visitor::new_person().await, Visitor::new());
    nobody.put(&admin_path, &tea(100)).await.problem("nobody", 401, None);
    person.visitor.put(&admin_path, &tea(100)).await.problem("a person", 403, None);
    nobody.get("/api/admin/users").await.problem("nobody", 401, None);
    person.visitor.get("/api/admin/users").await.problem("a person", 403, None);
    nobody.get(&public_path).await.problem("nothing was made", 404, Some("id"));
}

#[tokio::test]
async fn a_new_price_shows_within_three_seconds() {
    let (admin, (admin_path, public_path)) = (Visitor::new_admin().await.visitor, path());
    let made = admin.put(&admin_path, &tea(100)).await;
    assert_eq!(made.ok("a new product", 201)["version"], 1);
    for _ in 0..3 {
        assert_eq!(Visitor::new().get(&public_path).await.ok("into every cache", 200)["price_cents"], 100);
    }
    assert_eq!(admin.put(&admin_path, &tea(250)).await.ok("a new price", 200)["version"], 2);
    let took = eventually(Duration::from_secs(3), "everyone sees the new price", || async {
        Visitor::new().get(&public_path).await.ok("product", 200)["price_cents"] == 250
    })
    .await;
    println!("everyone saw the new price after {took:?}");
    // And it stays: nobody had the old one stored again after the purge.
    for _ in 0..10 {
        assert_eq!(Visitor::new().get(&public_path).await.ok("product", 200)["price_cents"], 250);
    }
}

#[tokio::test]
async fn a_product_is_replaced_only_at_the_version_that_was_read() {
    let (admin, (admin_path, _)) = (Visitor::new_admin().await.visitor, path());
    let at = |version: &'static str| {
        let (admin, path) = (admin.clone(), admin_path.clone());
        async move { admin.call(Method::PUT, &path, |r| r.json(&tea(1)).header("if-match", version)).await }
    };
    at("\"1\"").await.problem("there is none", 412, None);
    admin.put(&admin_path, &tea(100)).await.ok("new", 201);
    at("\"1\"").await.ok("at 1", 200);
    at("\"1\"").await.problem("at 2", 412, None);
    admin.put(&admin_path, &tea(3)).await.ok("whatever is there", 200);
}

#[tokio::test]
async fn what_is_no_product_is_refused() {
    let (admin, (admin_path, public_path)) = (Visitor::new_admin().await.visitor, path());
    for (field, value) in [
        ("name", json!("")),
        ("category", json!("Upper Case")),
        ("price_cents", json!(-1)),
        ("price_cents", json!(1_u64 << 60)),
        ("image_url", json!("https://elsewhere.example/x.png")),
        ("image_url", json!("/media/../secret")),
        ("id", json!("other")),
    ] {
        let mut body = tea(1);
        body[field] = value;
        admin.put(&admin_path, &body).await.problem(field, 400, Some(field));
    }
    admin.put("/api/admin/products/42", &tea(1)).await.problem("no id", 400, Some("id"));
    Visitor::new().get(&public_path).await.problem("nothing was made", 404, Some("id"));
}

#[tokio::test]
async fn accounts_are_read_by_their_ids_in_one_go_and_listed_by_pages() {
    let (admin, ada, eve) =
        (Visitor::new_admin().await.visitor, Visitor::new_person().await, Visitor::new_person().await);
    let unknown = Uuid::now_v7();
    let page = admin.get(&format!("/api/admin/users?ids={},{unknown},{}", ada.id, eve.id)).await.ok("by ids", 200);
    let found: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["email"].clone()).collect();
    assert_eq!(found, [json!(ada.email), json!(eve.email)]);
    let mut ids = Vec::new();
    let mut next = String::new();
    loop {
        let page = admin.get(&format!("/api/admin/users?limit=100{next}")).await.ok("a page", 200);
        ids.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert!(ids.is_sorted(), "the oldest come first");
    assert!(ids.contains(&ada.id) && ids.contains(&eve.id), "the listing lacks an account");
    for (case, query, field) in [
        ("no id", "ids=42", "ids"),
        ("too many", &format!("ids={}", vec![unknown.to_string(); 101].join(",")), "ids"),
        ("no page", "limit=0", "limit"),
        ("no cursor", "cursor=x", "cursor"),
    ] {
        admin.get(&format!("/api/admin/users?{query}")).await.problem(case, 400, Some(field));
    }
}
