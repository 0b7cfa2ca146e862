//! `/api/search`: finding products.

use serde_json::{Value, json};
use std::{collections::HashSet, time::Duration};
use tests::{aws::Aws, client::Visitor};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// The names on all pages of a search.
async fn all_pages(visitor: &Visitor, query: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = visitor.get(&format!("/api/search?{query}{cursor}")).await.ok("a page", 200);
        assert_eq!(page["stale"], false, "{query}: {page}");
        items.extend(page["items"].as_array().unwrap().clone());
        assert!(items.len() < 1_000, "{query}: pages without end");
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// Asks until there are `count` products, or the index has had its time. Each time another page
/// size, so that no answer is one that the CDN has.
async fn until(visitor: &Visitor, word: &str, count: usize) -> Vec<Value> {
    let end = Instant::now() + Duration::from_secs(30);
    for limit in (10..=100).cycle() {
        let page = visitor.get(&format!("/api/search?q={word}&limit={limit}")).await.ok("a search", 200);
        let items = page["items"].as_array().unwrap();
        if items.len() == count {
            return items.clone();
        }
        assert!(Instant::now() < end, "{word}: {} products after 30 s, {count} expected", items.len());
        sleep(Duration::from_millis(300)).await;
    }
    unreachable!("the page sizes go round")
}

/// A word that nobody has used.
fn new_word() -> String {
    format!("z{}", &Uuid::new_v4().simple().to_string()[..10])
}

fn item(id: &str, name: &str, version: u32) -> Value {
    json!({
        "pk": format!("product#{id}"), "id": id, "name": name, "description": "Test", "category": "test",
        "price_cents": 4_200, "updated_at": "2026-01-01T00:00:00Z", "version": version,
    })
}

#[tokio::test]
async fn a_product_of_the_catalogue_is_found_by_the_beginnings_of_its_words() {
    let visitor = Visitor::new();
    let row = visitor.get("/api/products?limit=1").await.ok("a row", 200)["items"][0].clone();
    let name = row["name"].as_str().unwrap().to_lowercase();
    let beginnings: Vec<_> = name.split_whitespace().map(|word| word.chars().take(4).collect::<String>()).collect();
    let query = format!("q={}&limit=100", beginnings.join("%20"));
    let end = Instant::now() + Duration::from_secs(30);
    // The stack may have been seeded this moment.
    for size in 20..=100 {
        let found = all_pages(&visitor, &query.replace("limit=100", &format!("limit={size}"))).await;
        if found.contains(&row) {
            return;
        }
        assert!(Instant::now() < end, "{query} does not find {row}: {found:?}");
        sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn a_new_name_is_found_within_seconds_and_the_old_one_no_more() {
    let (aws, visitor, id) = (Aws::connect().await, Visitor::new(), Uuid::now_v7().to_string());
    let (first, second) = (new_word(), new_word());
    aws.put("PRODUCTS_TABLE", &item(&id, &format!("Café {first}"), 1)).await;
    let found = until(&visitor, &first[..6], 1).await;
    let row =
        json!({"id": id, "name": format!("Café {first}"), "category": "test", "price_cents": 4_200, "version": 1});
    assert_eq!(found, [row]);
    aws.put("PRODUCTS_TABLE", &item(&id, &format!("Café {second}"), 2)).await;
    assert_eq!(until(&visitor, &second, 1).await[0]["version"], 2);
    until(&visitor, &first, 0).await;
    let narrowed = visitor.get(&format!("/api/search?q=cafe%20{second}")).await.ok("two words", 200);
    assert_eq!(narrowed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pages_show_every_result_once_whatever_their_size() {
    let (aws, visitor, word) = (Aws::connect().await, Visitor::new(), new_word());
    for number in 0..23 {
        aws.put("PRODUCTS_TABLE", &item(&Uuid::now_v7().to_string(), &format!("{word} Nr. {number}"), 1)).await;
    }
    until(&visitor, &word, 23).await;
    let whole = all_pages(&visitor, &format!("q={word}&limit=100")).await;
    assert_eq!(whole.len(), 23);
    assert_eq!(whole.iter().map(|row| row["id"].to_string()).collect::<HashSet<_>>().len(), 23);
    for limit in [4, 7, 23] {
        assert_eq!(all_pages(&visitor, &format!("q={word}&limit={limit}")).await, whole, "{limit} a page");
        assert_eq!(
            all_pages(&visitor, &format!("q={word}%20nr&limit={limit}")).await,
            whole,
            "{limit} a page, two words"
        );
    }
}

#[tokio::test]
async fn an_unknown_word_finds_nothing() {
    let visitor = Visitor::new();
    for query in [format!("q={}", new_word()), format!("q=te%20{}", new_word()), "q=a".to_owned()] {
        let reply = visitor.get(&format!("/api/search?{query}")).await;
        let page = reply.ok("nothing", 200);
        assert_eq!(page, json!({"items": [], "next": null, "stale": false}), "{query}");
        assert!(reply.header("cache-control").contains("s-maxage="), "{query}");
    }
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_by_name() {
    let visitor = Visitor::new();
    let cursor = visitor.get("/api/products?limit=1").await.ok("a page", 200)["next"].as_str().unwrap().to_owned();
    let cases = [
        (String::new(), "q"),
        ("?q=".to_owned(), "q"),
        (format!("?q={}", "a".repeat(101)), "q"),
        ("?q=tea%0d%0aset-cookie:x".to_owned(), "q"),
        ("?q=tea%00".to_owned(), "q"),
        ("?q=tea&limit=0".to_owned(), "limit"),
        ("?q=tea&limit=101".to_owned(), "limit"),
        ("?q=tea&cursor=nonsense".to_owned(), "cursor"),
        (format!("?q=tea&cursor={cursor}"), "cursor"),
    ];
    for (query, field) in cases {
        let path = format!("/api/search{query}");
        visitor.get(&path).await.problem(&path, 400, Some(field));
    }
}
