//! An order that is posted several times is one order.

use crate::helpers::fixtures;
use futures_util::future::join_all;
use std::collections::HashSet;
use tests::{aws::Aws, client::Visitor};
use uuid::Uuid;

#[tokio::test]
async fn a_key_is_answered_twice_and_carried_out_once() {
    let (aws, person, product) = (Aws::connect().await, Visitor::new_person().await, fixtures::product().await);
    let key = Uuid::new_v4().to_string();
    let first = person.visitor.order(&[(&product, 2)], Some(&key)).await;
    let placed = first.ok("the first time", 201);
    assert_eq!(first.header("idempotency-replayed"), "", "the first answer is no replay");

    let again = person.visitor.order(&[(&product, 2)], Some(&key)).await;
    assert_eq!(again.ok("the second time", 201), placed);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));

    let other = person.visitor.order(&[(&product, 3)], Some(&key)).await;
    other.problem("the same key, another body", 422, Some("Idempotency-Key"));
    let orders = aws.partition("ORDERS_TABLE", &format!("user#{}", person.id)).await;
    assert_eq!(orders.len(), 1, "one key, one order");
}

#[tokio::test]
async fn posts_that_race_with_one_key_place_one_order() {
    let (aws, person, product) = (Aws::connect().await, Visitor::new_person().await, fixtures::product().await);
    let key = Uuid::new_v4().to_string();
    let lines = [(product.as_str(), 1)];
    let replies = join_all((0..5).map(|_| person.visitor.order(&lines, Some(&key)))).await;
    let mut ids = HashSet::new();
    for reply in &replies {
        match reply.status {
            409 => reply.problem("a post that came too early", 409, None),
            _ => drop(ids.insert(reply.ok("a post", 201)["id"].as_str().unwrap().to_owned())),
        }
    }
    assert_eq!(ids.len(), 1, "{:?}", replies.iter().map(|r| r.status).collect::<Vec<_>>());
    let orders = aws.partition("ORDERS_TABLE", &format!("user#{}", person.id)).await;
    assert_eq!(orders.len(), 1, "one key, one order");
}

#[tokio::test]
async fn a_key_belongs_to_the_person_who_sent_it() {
    let (ada, eve, product) = (Visitor::new_person().await, Visitor::new_person().await, fixtures::product().await);
    let key = Uuid::new_v4().to_string();
    let hers = ada.visitor.order(&[(&product, 1)], Some(&key)).await.ok("Ada's", 201);
    let reply = eve.visitor.order(&[(&product, 1)], Some(&key)).await;
    let other = reply.ok("Eve's", 201);
    assert_eq!(reply.header("idempotency-replayed"), "");
    assert_ne!(hers["id"], other["id"], "Eve was shown Ada's order");
}

#[tokio::test]
async fn posts_without_a_key_are_orders_of_their_own() {
    let (aws, person, product) = (Aws::connect().await, Visitor::new_person().await, fixtures::product().await);
    for _ in 0..2 {
        person.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
    }
    assert_eq!(aws.partition("ORDERS_TABLE", &format!("user#{}", person.id)).await.len(), 2);
}
