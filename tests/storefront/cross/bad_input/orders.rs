//! Bodies of orders, and their idempotency keys.

use super::*;

#[tokio::test]
async fn an_order_that_is_refused_is_not_written() {
    let (aws, person) = (Aws::connect().await, Visitor::new_person().await);
    let products = fixtures::products(51).await;
    let ids: Vec<_> = products.iter().map(|p| p["id"].clone()).collect();
    let line = |more: Value| {
        let mut line = json!({ "product_id": ids[0], "quantity": 1 });
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "items": [line] }).to_string().into_bytes()
    };
    let lines = |items: Vec<Value>| json!({ "items": items }).to_string().into_bytes();
    let many = |n: usize| ids[..n].iter().map(|id| json!({ "product_id": id, "quantity": 1 })).collect::<Vec<_>>();
    let twice = || vec![json!({ "product_id": ids[0], "quantity": 1 }); 2];
    let (quantity, product) = ("items[0].quantity", "items[0].product_id");
    let cases = [
        Case::new("quantity 0", 400, quantity, line(json!({ "quantity": 0 }))),
        Case::new("quantity -1", 400, quantity, line(json!({ "quantity": -1 }))),
        Case::new("quantity 1e9", 400, quantity, line(json!({ "quantity": 1_000_000_000 }))),
        Case::new("quantity 2^64", 400, quantity, line(json!({ "quantity": 18_446_744_073_709_551_616_f64 }))),
        Case::new("quantity 1.5", 400, quantity, line(json!({ "quantity": 1.5 }))),
        Case::new("quantity a text", 400, quantity, line(json!({ "quantity": "1" }))),
        Case::new("quantity null", 400, quantity, line(json!({ "quantity": null }))),
        Case::new("quantity missing", 400, quantity, lines(vec![json!({ "product_id": ids[0] })])),
        Case::new("product missing", 400, product, lines(vec![json!({ "quantity": 1 })])),
        Case::new("product a number", 400, product, line(json!({ "product_id": 42 }))),
        Case::new("product no id", 400, product, line(json!({ "product_id": "42" }))),
        Case::new(
            "product unknown",
            400,
            product,
            line(json!({ "product_id": "00000000-0000-7000-8000-000000000000" })),
        ),
        Case::new("a price of one's own", 400, "items[0].price_cents", line(json!({ "price_cents": 1 }))),
        Case::new(
            "a unit price of one's own",
            400,
            "items[0].unit_price_cents",
            line(json!({ "unit_price_cents": 1 })),
        ),
        Case::new(
            "a total of one's own",
            400,
            "total_cents",
            but(json!({ "items": many(1) }), "total_cents", json!(1)),
        ),
        Case::new(
            "an owner of one's own",
            400,
            "user_id",
            but(json!({ "items": many(1) }), "user_id", json!(person.id)),
        ),
        Case::new("no lines", 400, "items", lines(vec![])),
        Case::new("51 lines", 400, "items", lines(many(51))),
        Case::new("a product twice", 400, "items[1].product_id", lines(twice())),
        Case::new("items missing", 400, "items", b"{}".to_vec()),
        Case::new("items an object", 400, "items", br#"{"items": {}}"#.to_vec()),
        Case::new("a line that is null", 400, "items[0]", lines(vec![Value::Null])),
        Case::new("a line that is a list", 400, "items[0]", lines(vec![json!([ids[0], 1])])),
        Case::new(
            "a body that is a list",
            400,
            "",
            json!([[{ "product_id": ids[0], "quantity": 1 }]]).to_string().into(),
        ),
    ];
    refuses(&person.visitor, "/api/orders", &cases).await;
    refuses(&person.visitor, "/api/orders", &Case::unreadable(&json!({ "items": many(1) }))).await;
    let owner = format!("user#{}", person.id);
    assert_eq!(aws.partition("ORDERS_TABLE", &owner).await.len(), 0, "a refused order was written");
    person.visitor.post("/api/orders", &json!({ "items": many(50) })).await.ok("50 lines", 201);
    assert_eq!(aws.partition("ORDERS_TABLE", &owner).await.len(), 1, "the count counts nothing");
}

#[tokio::test]
async fn an_idempotency_key_that_cannot_be_kept_is_refused() {
    let (aws, person, product) = (Aws::connect().await, Visitor::new_person().await, fixtures::product().await);
    for (case, key) in [("empty", String::new()), ("300 letters", "k".repeat(300)), ("two", "one, two".to_owned())] {
        let reply = person.visitor.order(&[(&product, 1)], Some(&key)).await;
        reply.problem(case, 400, Some("Idempotency-Key"));
    }
    assert_eq!(aws.partition("ORDERS_TABLE", &format!("user#{}", person.id)).await.len(), 0);
}
