//! A change in the catalogue reaches the CDN.

use serde_json::{Value, json};
use std::time::Duration;
use tests::{aws::Aws, cloud::Cloud, raw_http::get};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How long the CDN may keep what was. Two seconds of it are meant (the window of `Forget` in template.yaml, and what memory
/// keeps after L2); CloudFront itself takes up to five more.
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

#[tokio::test]
async fn a_new_price_is_not_hidden_by_what_the_cdn_keeps() {
    let shelf = Shelf::with_one().await;
    for path in [shelf.page(), shelf.list(), format!("{}&limit=100", shelf.list())] {
        kept(&path).await;
    }
    shelf.write(2, &shelf.category, 250).await;
    let (page, list) = tokio::join!(forgotten_in_time(shelf.page()), forgotten_in_time(shelf.list()));
    assert_eq!((&page["id"], &page["price_cents"]), (&json!(shelf.id), &json!(250)));
    assert_eq!(list["items"][0]["price_cents"], 250, "{list}");
    assert_eq!(shelf.aws.backlog("FORGET_DEAD_LETTERS_URL").await, 0, "a purge was given up");
}

#[tokio::test]
async fn a_new_price_outdates_no_other_product() {
    let (shelf, other) = (Shelf::with_one().await, Shelf::with_one().await);
    // Other tests change products too: of many at a time all pages are forgotten.
    for version in 2..8 {
        kept(&other.page()).await;
        kept(&other.list()).await;
        kept(&shelf.page()).await;
        shelf.write(version, &shelf.category, 250).await;
        forgotten_in_time(shelf.page()).await;
        if [other.page(), other.list()].iter().all(|path| get(&Cloud::get().base_url, path).is_hit()) {
            return;
        }
    }
    panic!("each change of one product outdated another");
}

/// Asks until the answer is as it should be; how long that took.
async fn shows(path: &str, what: impl Fn(&Value) -> bool) -> Duration {
    let start = Instant::now();
    loop {
        let answer = get(&Cloud::get().base_url, path);
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if answer.status == 200 && what(&body) {
            return start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{path}: {answer:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_change_shows_in_search_list_and_page_within_seconds_and_stays() {
    let shelf = Shelf::empty().await;
    let (first, second) = (format!("z{}", &shelf.id[26..]), format!("y{}", &shelf.id[26..]));
    let search = |word: &str| format!("/api/search?q={word}");
    let prices = |body: &Value| -> Vec<u64> {
        body["items"].as_array().unwrap().iter().map(|item| item["price_cents"].as_u64().unwrap()).collect()
    };
    // Every cache has that there is nothing, then what there is.
    for path in [search(&first), search(&second), shelf.list()] {
        assert_eq!(prices(&kept(&path).await), [0; 0]);
    }
    shelf.put(1, &first, 100).await;
    let (list, results) = (shelf.list(), search(&first));
    let is = |cents: u64| move |body: &Value| prices(body) == [cents];
    let took = tokio::join!(shows(&list, is(100)), shows(&results, is(100)));
    println!("a new product: in the list after {:?}, in search after {:?}", took.0, took.1);
    assert!(took.0.max(took.1) < patience(), "a new product");
    for path in [list.clone(), results.clone(), shelf.page()] {
        kept(&path).await;
    }
    shelf.put(2, &second, 250).await;
    let (page, renamed) = (shelf.page(), search(&second));
    let took = tokio::join!(
        shows(&page, |body| body["price_cents"] == 250 && body["name"] == second.as_str()),
        shows(&list, is(250)),
        shows(&renamed, is(250)),
        shows(&results, |body| prices(body).is_empty()),
    );
    println!("a new price and name: {took:?}");
    assert!([took.0, took.1, took.2, took.3].into_iter().max().unwrap() < patience(), "a new price and name");
    for _ in 0..50 {
        let now = [&page, &list, &renamed, &results].map(|path| get(&Cloud::get().base_url, path).body);
        assert!(now[0].contains("250") && now[1].contains("250") && now[2].contains("250"), "{now:?}");
        assert!(now[3].contains("\"items\":[]"), "{now:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn forgotten_in_time(path: String) -> Value {
    forgotten(&path, patience()).await
}

#[tokio::test]
async fn a_new_product_stands_in_a_list_that_the_cdn_had_without_it() {
    let shelf = Shelf::empty().await;
    assert_eq!(kept(&shelf.list()).await["items"], json!([]));
    shelf.write(1, &shelf.category, 100).await;
    assert_eq!(ids(&forgotten(&shelf.list(), Duration::from_secs(20)).await), [shelf.id.as_str()]);
}

#[tokio::test]
async fn a_product_that_moves_leaves_one_list_and_stands_in_another() {
    let (from, to) = (Shelf::with_one().await, Shelf::empty().await);
    assert_eq!(ids(&kept(&from.list()).await), [from.id.as_str()]);
    assert_eq!(ids(&kept(&to.list()).await), [""; 0]);
    from.write(2, &to.category, 100).await;
    let (left, entered) = tokio::join!(forgotten_in_time(from.list()), forgotten_in_time(to.list()));
    assert_eq!((ids(&left), ids(&entered)), (vec![], vec![from.id.as_str()]));
}
