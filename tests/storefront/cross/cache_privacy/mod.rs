//! No cache keeps a private answer or shows it to another person, whatever is put around its path.
//! The requests are written byte by byte, because a client library would correct them.

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

#[tokio::test]
async fn no_suffix_header_or_query_gets_a_private_answer_kept_or_shown_to_somebody_else() {
    let (person, order) = person_with_an_order().await;
    let token = person.visitor.token();
    let owners = [("Authorization", format!("Bearer {token}")), ("Cookie", format!("{COOKIE}={token}"))];
    for (name, value) in &owners {
        let own = ask(cdn(), "GET", "/api/sessions/current", &[(name, value)], "");
        let seen = own.status == 200 && own.body.contains(&person.id);
        assert!(seen, "the owner sees nothing by {name}, so nothing is tested: {own:?}");
    }
    let nobody: &[&[(&str, &str)]] = &[
        &[],
        &[
            ("X-Forwarded-Host", "/api/products"),
            ("X-Original-URL", "/api/products"),
            ("X-Rewrite-URL", "/api/products"),
        ],
        &[("X-HTTP-Method-Override", "GET"), ("Range", "bytes=0-"), ("Accept", "text/css")],
        &[("Cache-Control", "only-if-cached"), ("If-None-Match", "*")],
    ];
    let order_id = order.rsplit('/').next().unwrap();
    for target in disguises(&["/api/sessions/current", "/api/me", &order, "/api/orders"]) {
        for noise in nobody {
            for (name, value) in &owners {
                let headers: Vec<_> = noise.iter().copied().chain([(*name, value.as_str())]).collect();
                let answer = ask(cdn(), "GET", &target, &headers, "");
                assert_private(&format!("{target} as the owner by {name}, {noise:?}"), &answer);
            }
        }
        for noise in nobody {
            let answer = ask(cdn(), "GET", &target, noise, "");
            let case = format!("{target} as nobody, {noise:?}");
            assert_private(&case, &answer);
            // The page itself is no secret; what is on it is.
            let shown =
                [person.id.as_str(), &person.email, "Ada Lovelace"].iter().any(|text| answer.body.contains(text));
            assert!(!shown && (answer.status >= 400 || !answer.body.contains(order_id)), "{case}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn two_people_at_one_path_never_see_each_other() {
    let (ada, eve) = (Visitor::new_person().await, Visitor::new_person().await);
    for _ in 0..3 {
        for (person, other) in [(&ada, &eve), (&eve, &ada)] {
            let reply = person.visitor.get("/api/sessions/current").await;
            reply.ok("their session", 200);
            assert!(reply.body.contains(&person.id) && !reply.body.contains(&other.id), "{}", reply.body);
        }
    }
}

#[tokio::test]
async fn what_the_table_refuses_is_refused_and_what_it_passes_is_never_kept() {
    let cases = Cases::read();
    for (reason, target) in all(&cases.refused) {
        assert_eq!(get(cdn(), target).status, 400, "{reason}: {target}");
    }
    let mut statuses = BTreeSet::new();
    for (reason, target) in all(&cases.passed).filter(|(_, target)| !target.starts_with("/static")) {
        for _ in 0..2 {
            let answer = get(cdn(), target);
            assert_private(&format!("{reason}: {target}"), &answer);
            statuses.insert(answer.status);
        }
    }
    assert!(statuses.is_subset(&BTreeSet::from([200, 401, 403, 404, 405])), "{statuses:?}");
}

#[tokio::test]
async fn an_error_in_a_public_family_is_never_kept() {
    let cases = Cases::read();
    let mut errors = 0;
    for (reason, target) in all(&cases.kept) {
        for _ in 0..2 {
            let answer = get(cdn(), target);
            if answer.status >= 400 {
                assert_private(&format!("{reason}: {target}"), &answer);
                errors += 1;
            }
        }
    }
    assert!(errors > 40, "{errors} errors are too few to show anything");
}

#[tokio::test]
async fn a_field_that_is_named_twice_is_refused_and_kept_by_nobody() {
    for target in ["/api/products?limit=1&limit=2", "/api/products?limit=2&limit=1", "/api/products?limit"] {
        for _ in 0..2 {
            let answer = get(cdn(), target);
            assert_eq!(answer.status, 400, "{target}: {answer:?}");
            assert_private(target, &answer);
        }
    }
}
