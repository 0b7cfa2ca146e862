//! `/api/products`: lists and single products.

use std::collections::HashSet;
use tests::client::Visitor;

const UNKNOWN: &str = "/api/products/00000000-0000-7000-8000-000000000000";

/// The ids on all pages of a list.
async fn all_pages(visitor: &Visitor, query: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = visitor.get(&format!("/api/products?{query}{cursor}")).await.ok("a page", 200);
        ids.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        assert!(ids.len() < 5_000, "{query}: pages without end");
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

#[tokio::test]
async fn pages_show_every_product_once_whatever_their_size() {
    let visitor = Visitor::new();
    let (small, large) = (all_pages(&visitor, "limit=37").await, all_pages(&visitor, "limit=100").await);
    assert_eq!(small, large, "the size of pages changes the list");
    assert!(large.len() >= 200, "a catalogue of {}; is the stack seeded?", large.len());
    assert_eq!(large.iter().collect::<HashSet<_>>().len(), large.len(), "a product stands on two pages");
}

#[tokio::test]
async fn a_category_lists_its_own_products_in_the_order_of_all() {
    let visitor = Visitor::new();
    let tea = all_pages(&visitor, "category=tea&limit=7").await;
    let everything = all_pages(&visitor, "limit=100").await;
    let listed: HashSet<_> = tea.iter().collect();
    let of_all: Vec<_> = everything.into_iter().filter(|id| listed.contains(id)).collect();
    assert_eq!(tea, of_all);
    let page = visitor.get("/api/products?category=tea&limit=100").await.ok("tea", 200);
    assert!(page["items"].as_array().unwrap().iter().all(|item| item["category"] == "tea"));
    let nothing = visitor.get("/api/products?category=no-such-category").await.ok("an empty category", 200);
    assert_eq!(nothing["items"].as_array().unwrap().len(), 0);
    assert!(nothing["next"].is_null());
}

#[tokio::test]
async fn a_product_in_full_agrees_with_its_row() {
    let visitor = Visitor::new();
    let row = visitor.get("/api/products?limit=1").await.ok("a row", 200)["items"][0].clone();
    let full = visitor.get(&format!("/api/products/{}", row["id"].as_str().unwrap())).await.ok("in full", 200);
    for (field, value) in row.as_object().unwrap() {
        assert_eq!(&full[field], value, "{field}");
    }
    assert!(full["description"].as_str().is_some_and(|text| !text.is_empty()));
}

#[tokio::test]
async fn what_cannot_be_listed_or_found_is_refused_by_name() {
    let visitor = Visitor::new();
    let cursor = visitor.get("/api/products?limit=1").await.ok("a page", 200)["next"].as_str().unwrap().to_owned();
    let long = "a".repeat(600);
    let mut tampered = cursor.clone().into_bytes();
    let middle = tampered.len() / 2;
    tampered[middle] = if tampered[middle] == b'A' { b'B' } else { b'A' };
    let tampered = String::from_utf8(tampered).unwrap();
    let cases = [
        ("/api/products?limit=0".to_owned(), 400, "limit"),
        ("/api/products?limit=101".to_owned(), 400, "limit"),
        ("/api/products?limit=-1".to_owned(), 400, "limit"),
        ("/api/products?limit=many".to_owned(), 400, "limit"),
        ("/api/products?category=Tea%20%26%20more".to_owned(), 400, "category"),
        ("/api/products?category=".to_owned(), 400, "category"),
        ("/api/products?cursor=nonsense".to_owned(), 400, "cursor"),
        (format!("/api/products?cursor={long}"), 400, "cursor"),
        (format!("/api/products?cursor={tampered}"), 400, "cursor"),
        (format!("/api/products?category=tea&cursor={cursor}"), 400, "cursor"),
        ("/api/products/42".to_owned(), 400, "id"),
        (UNKNOWN.to_owned(), 404, "id"),
    ];
    for (path, status, field) in cases {
        visitor.get(&path).await.problem(&path, status, Some(field));
    }
}
