//! An export holds what is its owner's, and nothing else.

use super::*;

#[tokio::test]
async fn an_export_is_the_account_and_every_order_of_its_owner_and_nobody_elses() {
    let shop = Shop::new();
    let (ada, eve) = (person(&shop, "ada@shop.example").await, person(&shop, "eve@shop.example").await);
    let bought_by_ada = bought(&shop, owner(&ada), 250, 1).await;
    bought(&shop, owner(&eve), 3, 1).await;
    let (ids, parts) = taken(&shop, &ada, Duration::from_mins(1)).await;
    are_all_once(&ids, &bought_by_ada);
    assert_eq!(parts, 1, "what fits into one answer is in one");
    let export = shop.ask::<me::ExportMe>("/api/me/export", &[("authorization", &ada)], &Value::Null).await;
    let me = shop.ask::<me::GetMe>("/api/me", &[("authorization", &ada)], &Value::Null).await;
    for field in ["id", "name", "email", "email_verified", "photo_url", "created_at"] {
        assert_eq!(export.body["account"][field], me.ok(200)[field], "{field}");
    }
    let headers = [("authorization", ada.as_str())];
    let orders = shop.ask::<orders::ListOrders>("/api/orders?limit=100", &headers, &Value::Null).await;
    assert_eq!(export.body["orders"].as_array().unwrap()[..100], orders.ok(200)["items"].as_array().unwrap()[..]);
}

#[tokio::test]
async fn a_cursor_of_an_export_is_its_owners() {
    let shop = Shop::new();
    let (ada, eve) = (person(&shop, "ada@shop.example").await, person(&shop, "eve@shop.example").await);
    bought(&shop, owner(&ada), 150, 1).await;
    let headers = [("authorization", ada.as_str())];
    let part = shop.ask_within::<me::ExportMe>(Duration::from_secs(3), "/api/me/export", &headers, &Value::Null).await;
    let path = format!("/api/me/export?cursor={}", part.ok(200)["next"].as_str().unwrap());
    let others = shop.ask::<me::ExportMe>(&path, &[("authorization", &eve)], &Value::Null).await;
    assert_eq!(others.ok(400)["errors"][0]["field"], "cursor");
    assert_eq!(shop.ask::<me::ExportMe>("/api/me/export", &[], &Value::Null).await.status, 401);
}
