//! A change in the catalogue reaches the CDN.

mod lists;
mod prices;

use serde_json::{Value, json};
use std::time::Duration;
use tests::{aws::Aws, cloud::Cloud, raw_http::get};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How long the CDN may keep what was. Two seconds of it are meant (the window of `Forget` in
/// template.yaml, and what memory keeps after L2); CloudFront itself takes up to five more.
fn patience() -> Duration {
    Duration::from_secs(if Cloud::get().endpoint.is_some() { 3 } else { 10 })
}

/// A product in a category of its own, where no other test's change is felt.
struct Shelf {
    aws: Aws,
    id: String,
    category: String,
}

impl Shelf {
    async fn empty() -> Self {
        let id = Uuid::now_v7().to_string();
        Self { aws: Aws::connect().await, category: format!("test-{}", &id[24..]), id }
    }

    /// With its product, at 100 cents, and the news of that behind us.
    async fn with_one() -> Self {
        let shelf = Self::empty().await;
        kept(&shelf.list()).await;
        shelf.write(1, &shelf.category, 100).await;
        forgotten(&shelf.list(), Duration::from_secs(20)).await;
        shelf
    }

    /// Writes the product as the storefront would, with the one shard that a test can be sure of.
    async fn write(&self, version: u32, category: &str, price_cents: u32) {
        self.put_in(version, category, "Test", price_cents).await;
    }

    /// The same in the shelf's category, with this name.
    async fn put(&self, version: u32, name: &str, price_cents: u32) {
        self.put_in(version, &self.category, name, price_cents).await;
    }

    async fn put_in(&self, version: u32, category: &str, name: &str, price_cents: u32) {
        let item = json!({
            "pk": format!("product#{}", self.id), "id": self.id, "name": name, "description": "Test", "category": category,
            "price_cents": price_cents, "updated_at": "2026-01-01T00:00:00Z", "version": version,
            "category_shard": format!("{category}#0"),
        });
        self.aws.put("PRODUCTS_TABLE", &item).await;
    }

    fn page(&self) -> String {
        format!("/api/products/{}", self.id)
    }

    fn list(&self) -> String {
        format!("/api/products?category={}", self.category)
    }
}

/// Reads until the CDN has kept it; what it keeps.
async fn kept(path: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = get(&Cloud::get().base_url, path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        if answer.is_hit() {
            return serde_json::from_str(&answer.body).unwrap();
        }
        assert!(Instant::now() < end, "{path} is never kept");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the CDN asks the API again; what the API said then.
async fn forgotten(path: &str, patience: Duration) -> Value {
    let start = Instant::now();
    loop {
        let answer = get(&Cloud::get().base_url, path);
        if !answer.is_hit() {
            println!("{path} was forgotten after {:?}", start.elapsed());
            return serde_json::from_str(&answer.body).unwrap();
        }
        assert!(start.elapsed() < patience, "{path} is still out of the CDN after {patience:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

async fn forgotten_in_time(path: String) -> Value {
    forgotten(&path, patience()).await
}
