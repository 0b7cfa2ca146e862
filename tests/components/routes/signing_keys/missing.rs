//! The keys cannot be read: what needs none goes on, the rest is a 503.

use super::*;

#[tokio::test]
async fn what_needs_no_key_is_answered_without_one() {
    for (case, shop) in keyless().await {
        let tea = shop.stock(250).await;
        let ada = person(&shop, "ada@shop.example").await;
        let signed_in = [("authorization", ada.as_str())];
        let list = shop.ask::<catalog::ListProducts>("/api/products", &[], &Value::Null).await;
        assert_eq!(list.ok(200)["items"][0]["id"], tea.to_string(), "{case}");
        shop.ask::<catalog::SearchProducts>("/api/search?q=tea", &[], &Value::Null).await.ok(200);
        shop.ask::<me::GetMe>("/api/me", &signed_in, &Value::Null).await.ok(200);
        // A write is done, and answered without a token.
        let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 1 }] });
        let placed = shop.ask::<orders::CreateOrder>("/api/orders", &signed_in, &lines).await;
        placed.ok(201);
        assert_eq!(placed.header("consistency-token"), "", "{case}");
        let page = shop.ask::<orders::ListOrders>("/api/orders", &signed_in, &Value::Null).await;
        assert_eq!(page.ok(200)["items"].as_array().map(Vec::len), Some(1), "{case}");
        shop.ask::<me::ExportMe>("/api/me/export", &signed_in, &Value::Null).await.ok(200);
    }
}

#[tokio::test]
async fn what_needs_a_key_is_a_503_that_says_when_to_come_back() {
    for (case, shop) in keyless().await {
        let tea = shop.stock(250).await;
        shop.stock(250).await;
        let ada = person(&shop, "ada@shop.example").await;
        let signed_in = [("authorization", ada.as_str())];
        let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 1 }] });
        for _ in 0..2 {
            shop.ask::<orders::CreateOrder>("/api/orders", &signed_in, &lines).await.ok(201);
        }
        let null = Value::Null;
        // A page that goes on, which without its cursor would say that the list has ended.
        comes_back(case, &shop.ask::<catalog::ListProducts>("/api/products?limit=1", &[], &null).await);
        comes_back(case, &shop.ask::<orders::ListOrders>("/api/orders?limit=1", &signed_in, &null).await);
        // A cursor, of which nobody knows whether it is good.
        let cursor = |path: &str| format!("{path}cursor={UNKNOWN}");
        comes_back(case, &shop.ask::<catalog::ListProducts>(&cursor("/api/products?"), &[], &null).await);
        comes_back(case, &shop.ask::<catalog::SearchProducts>(&cursor("/api/search?q=tea&"), &[], &null).await);
        comes_back(case, &shop.ask::<orders::ListOrders>(&cursor("/api/orders?"), &signed_in, &null).await);
        comes_back(case, &shop.ask::<me::ExportMe>(&cursor("/api/me/export?"), &signed_in, &null).await);
        // A link.
        let token = json!({ "token": UNKNOWN });
        comes_back(case, &shop.ask::<links::VerifyEmail>("/api/verifications", &[], &token).await);
        let new = json!({ "token": UNKNOWN, "password": "a whole new horse" });
        comes_back(case, &shop.ask::<links::ResetPassword>("/api/passwords", &[], &new).await);
    }
}

#[tokio::test]
async fn a_table_of_keys_that_hangs_delays_one_request_at_a_time_and_no_init_for_long() {
    let shop = behind(|| Rule::Delay(Duration::from_secs(30)));
    shop.stock(250).await;
    let start = Instant::now();
    let environment: Ready<catalog::ListProducts> = shop.environment().await;
    assert!(start.elapsed() < Duration::from_secs(1), "init took {:?}", start.elapsed());
    let ask = async |path: &str| {
        let start = Instant::now();
        (shop.ask_in(&environment, path, &[], &Value::Null).await, start.elapsed())
    };
    let (list, took) = ask("/api/products").await;
    list.ok(200);
    assert!(took < READ_LIMIT, "what needs no key waited for it: {took:?}");
    let cursor = format!("/api/products?cursor={UNKNOWN}");
    let (first, took) = ask(&cursor).await;
    comes_back("the first", &first);
    assert!(took < READ_LIMIT + Duration::from_secs(1), "{took:?}");
    let (second, took) = ask(&cursor).await;
    comes_back("the second", &second);
    assert!(took < Duration::from_millis(200), "{took:?}");
    // A write that is done waits no longer than it takes to notice.
    let ada = person(&shop, "ada@shop.example").await;
    let update = shop.environment::<me::UpdateMe>().await;
    let headers = [("authorization", ada.as_str()), ("content-type", "application/json")];
    let start = Instant::now();
    shop.ask_in(&update, "/api/me", &headers, &json!({ "name": "Countess" })).await.ok(200);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_broken_item_is_refused_and_its_keys_stay_out_of_the_log() {
    let tables = Tables::new();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let map = |name: &str, value: AttributeValue| AttributeValue::M(HashMap::from([(name.to_owned(), value)]));
    let secret = SECRETS[0].1;
    let broken = [
        (text(secret), "a"),
        (map("a", text(secret)), "a"),
        (map("a", map("secret", AttributeValue::L(vec![text(secret)]))), "a"),
        (map("a", map("secret", text(&secret[..20]))), "a"),
        (map("a", map("secret", text(&format!("{secret}!")))), "a"),
        (map("a", map("secret", text(secret))), secret),
        (map(&secret[..9], map("secret", text(secret))), "a"),
    ];
    let keys = SigningKeys::new(&tables.client(), tables.name("SigningKeys"));
    for (item, signs) in broken {
        write(&tables, item.clone(), signs).await;
        let error = keys.read(&Cx::detached(), Consistency::Strong).await.unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(!said.contains(&secret[..8]), "{item:?}: {said}");
    }
    publish(&tables, 2).await;
    keys.read(&Cx::detached(), Consistency::Strong).await.unwrap();
}
