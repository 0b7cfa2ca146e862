//! Products that a test can order.

use serde_json::{Value, json};
use tests::{aws::Aws, client::Visitor};
use uuid::Uuid;

/// So many products of the catalogue, as a list shows them.
pub(crate) async fn products(count: usize) -> Vec<Value> {
    let path = format!("/api/products?limit={count}");
    let page = Visitor::new().get(&path).await.ok("products to order", 200);
    let items = page["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), count, "the catalogue is too small; is the stack seeded?");
    items
}

/// The id of a product that is there.
pub(crate) async fn product() -> String {
    products(1).await[0]["id"].as_str().unwrap().to_owned()
}

/// A product that can be ordered but stands in no list, at a price of our choice. Returns its id.
pub(crate) async fn unlisted(aws: &Aws, price_cents: u64) -> String {
    let id = Uuid::now_v7().to_string();
    let item = json!({
        "pk": format!("product#{id}"), "id": id, "name": "Test", "description": "Test", "category": "test",
        "price_cents": price_cents, "updated_at": "2026-01-01T00:00:00Z", "version": 1,
    });
    aws.put("PRODUCTS_TABLE", &item).await;
    id
}
