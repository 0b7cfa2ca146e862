//! One's own account: to read, to take along, to delete.

use super::*;

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
