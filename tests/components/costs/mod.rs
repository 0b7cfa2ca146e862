//! The cost of a request does not depend on how much is stored. One get, one page, one search and
//! one order are measured in shops of several sizes, as the capacity that DynamoDB reports
//! (`ReturnConsumedCapacity`).
//!
//! `COST_SIZES=1000,200000` sets the sizes. `COST_REPORT=docs` writes the figures there, with a
//! plot: see `make bench-costs`.

mod report;

use crate::routes::Shop;
use functions::{
    catalog::{
        products::{Product, Products},
        search::{KEPT, TermRow, TermSize},
    },
    ids::ProductId,
    routes::{catalog, orders, sessions, users},
};
use serde_json::{Value, json};
use shared::{app::FromApp as _, clock::Clock, context::Cx, version::Version};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    time::Duration,
};
use uuid::Builder;

const WORDS: [&str; 8] = ["Oak", "Brass", "Felt", "Slim", "Storm", "Zinc", "Copper", "Winter"];
const KINDS: [&str; 8] = ["Desk", "Lamp", "Kettle", "Teapot", "Atlas", "Tent", "Rake", "Radio"];
const CATEGORIES: [&str; 4] = ["kitchen", "books", "garden", "desk"];

fn sizes() -> Vec<usize> {
    let text = std::env::var("COST_SIZES").unwrap_or_else(|_| "500,2500".to_owned());
    text.split(',').map(|size| size.trim().parse().unwrap()).collect()
}

fn product(number: usize) -> Product {
    let mut tail = [7; 10];
    tail[2..].copy_from_slice(&(number as u64).to_be_bytes());
    let millis = 1_700_000_000_000 + number as u64;
    Product {
        id: ProductId(Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()),
        name: format!("{} {}", WORDS[number % 8], KINDS[number / 8 % 8]),
        description: "Made to be used daily and to be passed on. ".repeat(5),
        category: CATEGORIES[number / 64 % 4].to_owned(),
        price_cents: 1_990,
        image_url: None,
        updated_at: jiff::Timestamp::UNIX_EPOCH,
        version: Version::FIRST,
    }
}

/// What the index has of so many products: the best rows of each term, and its size.
fn indexed(count: usize) -> (Vec<TermRow>, Vec<TermSize>) {
    let mut terms: BTreeMap<String, BTreeMap<String, TermRow>> = BTreeMap::new();
    for row in (0..count).flat_map(|number| TermRow::all_of(&product(number))) {
        let kept = match terms.entry(row.place().term().to_owned()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(BTreeMap::new()),
        };
        kept.insert(row.rank().to_owned(), row);
        if kept.len() > KEPT {
            kept.pop_last();
        }
    }
    let size = |(term, rows): (&String, &BTreeMap<_, _>)| (term.clone(), rows.len());
    let sizes = terms.iter().map(size).map(|(term, rows)| TermSize { term, rows, version: Version::FIRST }).collect();
    (terms.into_values().flat_map(BTreeMap::into_values).collect(), sizes)
}

async fn filled(count: usize) -> Shop {
    let shop = Shop::new();
    let cx = Cx::new(Clock::system(), "fill", Duration::from_hours(1));
    let products = Products::from_app(shop.app()).await.unwrap();
    products.write_all(&cx, (0..count).map(product).collect(), |_| ()).await.unwrap();
    let (rows, sizes) = indexed(count);
    shop.app().table().unwrap().write_all(&cx, rows, |_| ()).await.unwrap();
    shop.app().table().unwrap().write_all(&cx, sizes, |_| ()).await.unwrap();
    shop
}

/// Capacity units by what was asked for.
async fn costs(count: usize) -> Vec<(&'static str, f64)> {
    let shop = filled(count).await;
    let account = json!({ "name": "Ada", "email": "ada@shop.example", "password": "correct horse" });
    shop.ask::<users::CreateUser>("/api/users", &[], &account).await.ok(201);
    let credentials = json!({ "email": "ada@shop.example", "password": "correct horse" });
    let session = shop.ask::<sessions::CreateSession>("/api/sessions", &[], &credentials).await;
    let bearer = format!("Bearer {}", session.ok(201)["token"].as_str().unwrap());
    let keyed = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
    let id = product(count / 2).id.to_string();
    let lines = json!({ "items": [{ "product_id": id, "quantity": 2 }] });

    let get = shop.ask::<catalog::GetProduct>(&format!("/api/products/{id}"), &[], &Value::Null).await;
    let page = shop.ask::<catalog::ListProducts>("/api/products?limit=20", &[], &Value::Null).await;
    let next = format!("/api/products?limit=20&cursor={}", page.ok(200)["next"].as_str().unwrap());
    let next = shop.ask::<catalog::ListProducts>(&next, &[], &Value::Null).await;
    let group = shop.ask::<catalog::ListProducts>("/api/products?category=garden&limit=20", &[], &Value::Null).await;
    let word = shop.ask::<catalog::SearchProducts>("/api/search?q=lamp&limit=20", &[], &Value::Null).await;
    let words = shop.ask::<catalog::SearchProducts>("/api/search?q=desk%20oak&limit=5", &[], &Value::Null).await;
    let order = shop.ask::<orders::CreateOrder>("/api/orders", &keyed, &lines).await;

    for (reply, items) in [(&page, 20), (&next, 20), (&group, 20), (&word, 20), (&words, 5)] {
        assert_eq!(reply.ok(200)["items"].as_array().unwrap().len(), items, "{count}: {}", reply.body);
    }
    order.ok(201);
    get.ok(200);
    vec![
        ("get", get.units),
        ("page", page.units),
        ("next page", next.units),
        ("page of a category", group.units),
        ("search, one word", word.units),
        (TWO_WORDS, words.units),
        ("order", order.units),
    ]
}

/// What depends on how many of a word's products have the other word too; it ends with the rows
/// that are kept.
const TWO_WORDS: &str = "search, two words";
/// 500 rows of 300 bytes, read in six steps, and the sizes of two terms.
const TWO_WORDS_MOST: f64 = 20.0;

#[tokio::test]
async fn a_request_costs_the_same_in_a_shop_of_any_size() {
    let mut measured = Vec::new();
    for size in sizes() {
        let costs = Box::pin(costs(size)).await;
        println!("{size} products: {costs:?}");
        assert!(costs.iter().all(|(_, units)| *units > 0.0), "every request is billed: {costs:?}");
        measured.push((size, costs));
    }
    if let Ok(folder) = std::env::var("COST_REPORT") {
        report::write(&folder, &measured);
    }
    for pair in measured.windows(2) {
        for ((name, before), (_, after)) in pair[0].1.iter().zip(&pair[1].1) {
            if *name == TWO_WORDS {
                assert!(before.max(*after) <= TWO_WORDS_MOST, "{name}: {before}, {after}");
            } else {
                assert!(
                    (before - after).abs() < f64::EPSILON,
                    "{name}: {before} at {}, {after} at {}",
                    pair[0].0,
                    pair[1].0
                );
            }
        }
    }
}
