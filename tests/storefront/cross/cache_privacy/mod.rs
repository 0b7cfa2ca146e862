//! No cache keeps a private answer or shows it to another person, whatever is put around its path.
//! The requests are written byte by byte, because a client library would correct them.

mod private;
mod refused;

use crate::helpers::fixtures;
use shared::session::COOKIE;
use std::collections::BTreeSet;
use tests::{
    client::{Person, Visitor},
    cloud::Cloud,
    edge_cases::{Cases, all},
    raw_http::{Answer, ask, get},
};

fn cdn() -> &'static str {
    &Cloud::get().base_url
}

/// The private pages of a person, in every disguise by which a cache was ever made to keep one.
fn disguises(pages: &[&str]) -> Vec<String> {
    let around = [
        "{}",
        "{}/x.css",
        "{}.css",
        "{}/",
        "{}/x.js?v=1",
        "{}?x.css",
        "{}?limit=1",
        "{}?q=/api/products",
        "{};x.css",
        "{}%2fx.css",
        "{}%00.css",
        "{}%3fx.css",
        "{}#x.css",
        "{}/..",
        "{}//",
        "/{}",
        "/api/products/..{}",
        "/api/users/..%2f..{}",
        "/api/products/%2e%2e/%2e%2e{}",
        "/api/products/..;{}",
        "/api/users/\\..\\..{}",
        "/%2e{}",
    ];
    let mut all: Vec<_> = pages.iter().flat_map(|page| around.map(|disguise| disguise.replace("{}", page))).collect();
    all.extend(pages.iter().map(|page| page.to_uppercase()));
    all.extend(pages.iter().map(|page| page.replace("/api", "/API")));
    all.extend(pages.iter().map(|page| page.replace("api", "%61pi")));
    all.extend(pages.iter().map(|page| page.replacen("/api/", "/api/users/../", 1)));
    all.extend(pages.iter().map(|page| page.replacen("/api/", "/api/products/", 1)));
    all
}

fn assert_private(case: &str, answer: &Answer) {
    assert!(!answer.is_hit(), "{case}: out of the CDN: {answer:?}");
    assert_eq!(answer.header("cache-control"), "private, no-store", "{case}: {answer:?}");
}

async fn person_with_an_order() -> (Person, String) {
    let (person, product) = (Visitor::new_person().await, fixtures::product().await);
    let order = person.visitor.order(&[(&product, 1)], None).await;
    (person, order.header("location").to_owned())
}
