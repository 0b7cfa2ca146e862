//! Conditional writes and reads (RFC 9110, section 13).

use super::{Rule, Shop, person};
use functions::{
    accounts::users::Users,
    ids::ProductId,
    routes::{admin, catalog, me},
};
use serde_json::{Value, json};
use shared::{app::FromApp as _, context::Cx, session::Grants};

const EMAIL: &str = "ada@shop.example";

/// Somebody who keeps the shop; the `Authorization` header's value.
async fn admin(shop: &Shop) -> String {
    let (cx, bearer) = (Cx::detached(), person(shop, EMAIL).await);
    let user = Users::from_app(shop.app()).await.unwrap().by_email(&cx, &EMAIL.parse().unwrap()).await.unwrap();
    Grants::from_app(shop.app()).await.unwrap().give(&cx, user.unwrap().id.into()).await.unwrap();
    bearer
}

fn tea(price_cents: u64) -> Value {
    json!({ "name": "Tea", "description": "Loose leaf", "category": "tea", "price_cents": price_cents })
}

/// PUTs the product with these conditions; the status, and the version that the answer tells.
async fn put(shop: &Shop, bearer: &str, id: ProductId, conditions: &[(&'static str, &str)]) -> (u16, Option<u64>) {
    let mut headers = vec![("authorization", bearer), ("content-type", "application/json")];
    headers.extend(conditions);
    let path = format!("/api/admin/products/{id}");
    let reply = shop.ask::<admin::PutProduct>(&path, &headers, &tea(250)).await;
    (reply.status, reply.body.get("version").or(reply.body.get("current_version")).and_then(Value::as_u64))
}

#[tokio::test]
async fn a_product_is_written_only_where_the_conditions_hold() {
    let shop = Shop::new();
    let bearer = admin(&shop).await;
    for (condition, value) in [("if-match", "*"), ("if-match", "\"1\""), ("if-match", "W/\"1\", \"x\"")] {
        let id = ProductId::generate();
        assert_eq!(put(&shop, &bearer, id, &[(condition, value)]).await, (412, None), "{condition}: {value}");
        assert_eq!(put(&shop, &bearer, id, &[("if-none-match", "*")]).await, (201, Some(1)), "nothing was made");
    }
    let id = ProductId::generate();
    assert_eq!(put(&shop, &bearer, id, &[]).await, (201, Some(1)));
    for (condition, value) in [
        ("if-none-match", "*"),
        ("if-none-match", "\"0\", W/\"1\""),
        ("if-match", "\"2\""),
        ("if-match", "W/\"1\""),
        ("if-match", "\"2\",\"3\""),
    ] {
        assert_eq!(put(&shop, &bearer, id, &[(condition, value)]).await, (412, Some(1)), "{condition}: {value}");
    }
    for (version, (condition, value)) in
        (2..).zip([("if-match", "*"), ("if-match", "\"1\", \"2\""), ("if-none-match", "\"1\"")])
    {
        assert_eq!(put(&shop, &bearer, id, &[(condition, value)]).await, (200, Some(version)), "{condition}: {value}");
    }
    for value in ["1", "\"1", "", "*, \"1\""] {
        assert_eq!(put(&shop, &bearer, id, &[("if-match", value)]).await.0, 400, "{value}");
    }
}

#[tokio::test]
async fn of_two_who_make_the_same_product_one_does() {
    let shop = Shop::new();
    let (bearer, id) = (admin(&shop).await, ProductId::generate());
    let make = || put(&shop, &bearer, id, &[("if-none-match", "*")]);
    let (one, other) = tokio::join!(make(), make());
    let mut both = [one.0, other.0];
    both.sort_unstable();
    assert_eq!(both, [201, 412]);
}

#[tokio::test]
async fn an_account_is_changed_and_deleted_only_where_the_conditions_hold() {
    let shop = Shop::with(&[("MEDIA_BUCKET", "media")], |_| Rule::Pass);
    let bearer = person(&shop, EMAIL).await;
    let change = async |condition: &'static str, value: &str| {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), (condition, value)];
        shop.ask::<me::UpdateMe>("/api/me", &headers, &json!({ "name": "Ada" })).await.status
    };
    assert_eq!(change("if-match", "\"7\"").await, 412);
    assert_eq!(change("if-none-match", "*").await, 412);
    assert_eq!(change("if-match", "\"1\", \"7\"").await, 200);
    assert_eq!(change("if-match", "\"1\"").await, 412, "that was the version before");
    let delete = async |value: &str| {
        let headers = [("authorization", bearer.as_str()), ("if-match", value)];
        shop.ask::<me::DeleteMe>("/api/me", &headers, &Value::Null).await.status
    };
    assert_eq!((delete("\"1\"").await, delete("W/\"2\"").await, delete("x").await), (412, 412, 400));
    assert_eq!(delete("*").await, 204);
}

#[tokio::test]
async fn a_304_keeps_the_type_of_what_it_is_about() {
    let shop = Shop::new();
    let path = format!("/api/products/{}", shop.stock(250).await);
    let first = shop.ask::<catalog::GetProduct>(&path, &[], &Value::Null).await;
    let again = shop.ask::<catalog::GetProduct>(&path, &[("if-none-match", first.header("etag"))], &Value::Null).await;
    assert_eq!((again.status, again.header("content-type")), (304, "application/json"));
    assert_eq!(again.header("etag"), first.header("etag"));
}
