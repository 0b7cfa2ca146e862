//! Consistency tokens whose key is missing or new.

use super::*;

/// A read might be answered with less than its client saw; a write says nothing of what was before.
#[tokio::test]
async fn a_token_that_cannot_be_opened_stops_reads_and_no_writes() {
    for (case, shop) in keyless().await {
        let tea = shop.stock(250).await;
        let ada = person(&shop, "ada@shop.example").await;
        let with_token = [("authorization", ada.as_str()), ("consistency-token", UNKNOWN)];
        comes_back(case, &shop.ask::<me::GetMe>("/api/me", &with_token, &Value::Null).await);
        let lines = json!({ "items": [{ "product_id": tea.to_string(), "quantity": 1 }] });
        let placed = shop.ask::<orders::CreateOrder>("/api/orders", &with_token, &lines).await;
        placed.ok(201);
        assert_eq!(placed.header("consistency-token"), "", "{case}: it would take the place of the other");
    }
}

/// The key may come back between the two ends of one write.
#[tokio::test]
async fn a_write_whose_token_was_not_opened_is_given_none() {
    let reads = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reads);
    let shop = Shop::reading_keys(move |call| {
        // Init, and the token that came along.
        let fails = is_about_keys(call) && count.fetch_add(1, Ordering::SeqCst) < 2;
        if fails { Rule::refuse(400, "AccessDeniedException") } else { Rule::Pass }
    });
    publish(shop.tables(), 1).await;
    // Signing in reads the key, too.
    let ada = person(&shop.elsewhere(), "ada@shop.example").await;
    let with_token = [("authorization", ada.as_str()), ("consistency-token", UNKNOWN)];
    let environment = shop.environment::<orders::CreateOrder>().await;
    let lines = json!({ "items": [{ "product_id": shop.stock(250).await.to_string(), "quantity": 1 }] });
    let placed = shop.ask_in(&environment, "/api/orders", &with_token, &lines).await;
    placed.ok(201);
    assert_eq!((placed.header("consistency-token"), reads.load(Ordering::SeqCst)), ("", 2));
    tokio::time::sleep(Duration::from_millis(600)).await;
    let signed_in = [("authorization", ada.as_str())];
    let placed = shop.ask_in(&environment, "/api/orders", &signed_in, &lines).await;
    placed.ok(201);
    assert_ne!(placed.header("consistency-token"), "", "the next use reads the key");
}

#[tokio::test]
async fn a_key_that_is_published_is_found_and_a_new_one_is_known_to_those_who_meet_it() {
    let shop = behind(|| Rule::Pass);
    for _ in 0..3 {
        shop.stock(250).await;
    }
    let page = async |environment: &Ready<catalog::ListProducts>, cursor: &str| {
        let path = format!("/api/products?limit=1{cursor}");
        shop.ask_in(environment, &path, &[], &Value::Null).await
    };
    let next = |page: &Reply| format!("&cursor={}", page.ok(200)["next"].as_str().unwrap());
    let old = shop.environment::<catalog::ListProducts>().await;
    comes_back("before", &page(&old, "").await);
    publish(shop.tables(), 1).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let by_a = next(&page(&old, "").await);
    publish(shop.tables(), 2).await;
    let new = shop.elsewhere().environment::<catalog::ListProducts>().await;
    let by_b = next(&page(&new, "").await);
    page(&new, &by_a).await.ok(200);
    page(&old, &by_b).await.ok(200);
    assert_eq!(page(&old, &format!("&cursor={UNKNOWN}")).await.status, 400, "a made-up name");
}
