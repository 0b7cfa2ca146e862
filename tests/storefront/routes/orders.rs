//! `/api/orders`: placing and reading orders.

use crate::helpers::fixtures;
use reqwest::Method;
use serde_json::json;
use tests::{aws::Aws, client::Visitor};

#[tokio::test]
async fn an_order_costs_what_the_catalogue_says() {
    let person = Visitor::new_person().await;
    let shelf = fixtures::products(3).await;
    let lines: Vec<_> = shelf.iter().zip(1..).map(|(product, n)| (product["id"].as_str().unwrap(), n)).collect();
    let reply = person.visitor.order(&lines, None).await;
    let order = reply.ok("an order", 201);
    let total: u64 = shelf.iter().zip(1..).map(|(product, n)| product["price_cents"].as_u64().unwrap() * n).sum();
    assert_eq!(order["total_cents"], total);
    for (line, (product, n)) in order["items"].as_array().unwrap().iter().zip(shelf.iter().zip(1..)) {
        assert_eq!(line["unit_price_cents"], product["price_cents"]);
        assert_eq!(line["quantity"], n);
    }
    assert_eq!(order["status"], "placed");

    let path = format!("/api/orders/{}", order["id"].as_str().unwrap());
    assert_eq!(reply.header("location"), path);
    let read = person.visitor.get(&path).await.ok("the order, read back", 200);
    assert_eq!(read, order, "an order reads as it was answered");
}

#[tokio::test]
async fn an_order_is_absent_for_everybody_but_its_owner() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    let product = fixtures::product().await;
    let order = ada.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
    let path = format!("/api/orders/{}", order["id"].as_str().unwrap());
    let (others, nobodys) =
        (eve.visitor.get(&path).await, eve.visitor.get("/api/orders/019a0000-0000-7000-8000-000000000000").await);
    others.problem("somebody else's order", 404, Some("id"));
    nobodys.problem("no order", 404, Some("id"));
    assert_eq!(others.body, nobodys.body, "the answers tell which orders exist");
    Visitor::new().get(&path).await.problem("signed out", 401, None);
    eve.visitor.get("/api/orders/42").await.problem("not an id", 400, Some("id"));
    ada.visitor.get(&path).await.ok("its owner", 200);
}

#[tokio::test]
async fn a_total_that_nobody_can_count_is_refused_and_nothing_is_written() {
    let aws = Aws::connect().await;
    let person = Visitor::new_person().await;
    let dearest = fixtures::unlisted(&aws, (1 << 53) - 1).await;
    let beyond = fixtures::unlisted(&aws, u64::MAX).await;
    let cheap = fixtures::product().await;
    let cases: [(&str, &[(&str, u32)]); 3] = [
        ("the product of price and quantity", &[(&dearest, 2)]),
        ("the sum of the lines", &[(&dearest, 1), (&cheap, 1)]),
        ("a price that no integer holds twice", &[(&beyond, 100)]),
    ];
    for (case, lines) in cases {
        person.visitor.order(lines, None).await.problem(case, 400, Some("items"));
    }
    let owner = format!("user#{}", person.id);
    assert_eq!(aws.partition("ORDERS_TABLE", &owner).await.len(), 0, "a refused order was written");
    let most = person.visitor.order(&[(&dearest, 1)], None).await.ok("the largest total", 201);
    assert_eq!(most["total_cents"], (1_u64 << 53) - 1);
}

#[tokio::test]
async fn a_price_that_changes_is_the_price_of_the_next_order() {
    let aws = Aws::connect().await;
    let person = Visitor::new_person().await;
    let id = fixtures::unlisted(&aws, 100).await;
    let first = person.visitor.order(&[(&id, 2)], None).await.ok("at the old price", 201);
    let mut item = aws.item("PRODUCTS_TABLE", &format!("product#{id}")).await.unwrap();
    (item["price_cents"], item["version"]) = (json!(130), json!(2));
    aws.put("PRODUCTS_TABLE", &item).await;
    let second = person.visitor.order(&[(&id, 2)], None).await.ok("at the new price", 201);
    assert_eq!((&first["total_cents"], &second["total_cents"]), (&json!(200), &json!(260)));
}

/// A product that was shown at one price is not charged at another, unless its buyer says so.
#[tokio::test]
async fn an_order_at_another_total_than_its_buyer_saw_is_refused_with_both_and_not_stored() {
    let aws = Aws::connect().await;
    let person = Visitor::new_person().await;
    let id = fixtures::unlisted(&aws, 999_900).await;
    let at = async |total: u64, key: &str| {
        let order = json!({ "items": [{ "product_id": id, "quantity": 2 }], "expected_total_cents": total });
        person.visitor.call(Method::POST, "/api/orders", |r| r.json(&order).header("idempotency-key", key)).await
    };
    let refused = at(2_000, "first").await;
    refused.problem("another total", 409, Some("expected_total_cents"));
    assert!(refused.body.contains("2000") && refused.body.contains("1999800"), "{}", refused.body);
    assert_eq!(aws.partition("ORDERS_TABLE", &format!("user#{}", person.id)).await.len(), 0, "it was stored");
    let placed = at(1_999_800, "first").await.ok("the total that it has", 201);
    let mut item = aws.item("PRODUCTS_TABLE", &format!("product#{id}")).await.unwrap();
    (item["price_cents"], item["version"]) = (json!(1), json!(2));
    aws.put("PRODUCTS_TABLE", &item).await;
    assert_eq!(at(1_999_800, "first").await.ok("the same again", 201), placed);
}

#[tokio::test]
async fn orders_are_listed_newest_first_and_a_page_at_a_time_to_their_owner() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    let product = fixtures::product().await;
    let mut placed = Vec::new();
    for quantity in 1..=5 {
        let order = ada.visitor.order(&[(&product, quantity)], None).await.ok("an order", 201);
        placed.insert(0, order);
    }
    let all = ada.visitor.get("/api/orders").await.ok("all", 200);
    assert_eq!((&all["items"], &all["next"]), (&json!(placed), &json!(null)), "newest first, in full");
    let (mut paged, mut next, mut cursors) = (Vec::new(), String::new(), Vec::new());
    loop {
        let page = ada.visitor.get(&format!("/api/orders?limit=2{next}")).await.ok("a page", 200);
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
        cursors.push(cursor.to_owned());
    }
    assert_eq!(paged, placed);
    let foreign = eve.visitor.get(&format!("/api/orders?cursor={}", cursors[0])).await;
    foreign.problem("another's cursor", 400, Some("cursor"));
    assert_eq!(eve.visitor.get("/api/orders").await.ok("no orders", 200)["items"], json!([]));
    Visitor::new().get("/api/orders").await.problem("nobody", 401, None);
}
