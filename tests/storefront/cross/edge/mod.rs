//! What the CDN keeps, what it never keeps, and what nobody answers.

use crate::helpers::{eventually, fixtures};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use std::time::Duration;
use tests::{
    client::{Reply, Visitor},
    cloud::Cloud,
    raw_http,
};

/// Whether the answer came out of the CDN: `HIT` here, `Hit from cloudfront` there.
fn is_hit(reply: &Reply) -> bool {
    reply.header("x-cache").to_ascii_lowercase().contains("hit")
}

#[tokio::test]
async fn a_profile_is_read_once_and_served_twice_to_whoever_asks() {
    let person = Visitor::new_person().await;
    let path = format!("/api/users/{}", person.id);
    let first = Visitor::new().get(&path).await;
    first.ok("the first reader", 200);
    assert!(first.header("cache-control").starts_with("public, max-age=0, s-maxage=5, stale-if-error="));
    assert!(!is_hit(&first), "nobody has asked before: {:?}", first.headers);
    let noisy = format!("{path}?utm_source=mail");
    for (case, visitor, path) in [
        ("again", Visitor::new(), &path),
        ("its owner", person.visitor.clone(), &path),
        ("with a query", Visitor::new(), &noisy),
    ] {
        let reply = visitor.get(path).await;
        assert!(is_hit(&reply), "{case}: not from the CDN: {:?}", reply.headers);
        assert_eq!(reply.body, first.body, "{case}");
        assert_eq!(reply.header("set-cookie"), "", "{case}: a stored answer sets a cookie");
    }
}

#[tokio::test]
async fn outside_the_public_paths_nothing_is_ever_stored() {
    let person = Visitor::new_person().await;
    let product = fixtures::product().await;
    let order = person.visitor.order(&[(&product, 1)], None).await;
    let order_path = order.header("location").to_owned();
    let mut replies = vec![("an order placed", order)];
    for (case, path) in [
        ("health", "/health"),
        ("the session", "/api/sessions/current"),
        ("an order", &order_path),
        ("nothing", "/api/nothing"),
        ("no profile", "/api/users/00000000-0000-7000-8000-000000000000"),
        ("no product", "/api/products/00000000-0000-7000-8000-000000000000"),
    ] {
        replies.push((case, person.visitor.get(path).await));
        replies.push((case, person.visitor.get(path).await));
    }
    replies.push(("out", person.visitor.call(Method::DELETE, "/api/sessions/current", |request| request).await));
    for (case, reply) in replies {
        assert_eq!(reply.header("cache-control"), "private, no-store", "{case}: {:?}", reply.headers);
        assert!(!is_hit(&reply), "{case}: out of the CDN: {:?}", reply.headers);
    }
}

#[tokio::test]
async fn the_catalogue_may_be_kept_for_a_minute_by_the_cdn_and_by_nobody_else() {
    let product = fixtures::product().await;
    for path in ["/api/products?limit=2".to_owned(), format!("/api/products/{product}")] {
        let whole = "public, max-age=0, s-maxage=60, stale-if-error=86400";
        // An answer that took long is kept for five seconds only.
        eventually(Duration::from_secs(20), "an answer that is kept for its whole time", || async {
            Visitor::new().get(&path).await.header("cache-control") == whole
        })
        .await;
    }
}

#[tokio::test]
async fn what_no_route_takes_is_a_404_and_a_wrong_method_says_which_are_right() {
    let visitor = Visitor::new();
    for path in
        ["/", "/nothing", "/api", "/api/nothing", "/api/users/1/2", "/api/orders/1/lines", "/API/users", "/health/x"]
    {
        visitor.get(path).await.problem(path, 404, None);
    }
    let id = "019a0000-0000-7000-8000-000000000000";
    for (method, path, allow) in [
        (Method::DELETE, "/api/users".to_owned(), "POST"),
        (Method::GET, "/api/users".to_owned(), "POST"),
        (Method::PUT, format!("/api/users/{id}"), "GET, HEAD"),
        (Method::POST, format!("/api/products/{id}"), "GET, HEAD"),
        (Method::PATCH, "/api/sessions/current".to_owned(), "GET, HEAD, DELETE"),
        (Method::DELETE, format!("/api/orders/{id}"), "GET, HEAD"),
        (Method::POST, "/health".to_owned(), "GET, HEAD"),
    ] {
        let case = format!("{method} {path}");
        let reply = visitor.call(method, &path, |request| request.json(&json!({}))).await;
        reply.problem(&case, 405, None);
        assert_eq!(reply.header("allow"), allow, "{case}");
    }
}

#[tokio::test]
async fn a_malformed_id_is_refused_and_an_unknown_one_not_found() {
    let visitor = Visitor::new();
    for id in [
        "42",
        "null",
        "019A0000-0000-7000-8000-000000000000",
        "019a0000000070008000000000000000",
        "%F0%9F%8D%B5",
        "a%20b",
    ] {
        visitor.get(&format!("/api/users/{id}")).await.problem(id, 400, Some("id"));
    }
    visitor.get("/api/users/00000000-0000-7000-8000-000000000000").await.problem("nobody", 404, Some("id"));
}

#[tokio::test]
async fn a_path_that_two_programs_may_read_differently_goes_no_further_than_the_cdn() {
    let visitor = Visitor::new();
    for path in
        ["/api/users/a%2Fb", "/api/users/a;b", "/api//users", "/api/orders%2f..%2fproducts", "/api/products/%00"]
    {
        visitor.get(path).await.problem(path, 400, None);
    }
}

#[tokio::test]
async fn an_answer_says_how_long_it_took_and_by_which_id_to_complain() {
    let reply = Visitor::new().get("/health").await;
    reply.ok("health", 200);
    assert!(reply.header("server-timing").contains("total"), "{:?}", reply.headers);
    assert!(!reply.header("x-request-id").is_empty(), "{:?}", reply.headers);
}

#[tokio::test]
async fn what_does_not_come_through_the_cdn_is_refused() {
    let Some(visitor) = Visitor::past_the_cdn() else { return };
    let secret = Cloud::get().origin_secret.clone().expect("ORIGIN_SECRET says what the API asks for");
    let person = Visitor::new_person().await;
    let ask = async |path: &str, sent: &str| {
        let with =
            |request: RequestBuilder| request.header("x-origin-secret", sent).bearer_auth(person.visitor.token());
        visitor.call(Method::GET, path, with).await
    };
    for path in ["/health", "/api/me", "/api/products", "/nowhere"] {
        for wrong in ["", "0123456789abcdef", &secret[1..], &secret.to_uppercase()] {
            ask(path, wrong).await.problem(&format!("{path} with {wrong:?}"), 403, None);
        }
    }
    ask("/api/me", &secret).await.ok("the CDN itself", 200);
    // What a client sends under the secret's name does not reach the API.
    Visitor::new()
        .call(Method::GET, "/health", |r| r.header("x-origin-secret", "mine"))
        .await
        .ok("through the CDN", 200);
}

/// At the API's own address: the CDN's stand-in asks with GET.
#[tokio::test]
async fn every_get_has_a_head_at_the_api_itself() {
    let Some(visitor) = Visitor::past_the_cdn() else { return };
    let secret = Cloud::get().origin_secret.clone().unwrap();
    let (person, product) = (Visitor::new_person().await, fixtures::product().await);
    let ask = async |method: Method, path: &str| {
        let sent =
            |request: RequestBuilder| request.header("x-origin-secret", &secret).bearer_auth(person.visitor.token());
        visitor.call(method, path, sent).await
    };
    for path in [
        "/health".to_owned(),
        "/api/products?limit=2".to_owned(),
        format!("/api/products/{product}"),
        "/api/search?q=tea".to_owned(),
        format!("/api/users/{}", person.id),
        "/api/me".to_owned(),
        "/api/sessions/current".to_owned(),
        "/api/orders".to_owned(),
    ] {
        let (get, head) = (ask(Method::GET, &path).await, ask(Method::HEAD, &path).await);
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}: {:?}", head.headers);
        assert_eq!((get.status, get.header("content-type")), (200, head.header("content-type")), "{path}");
        for name in ["etag", "cache-control", "x-content-type-options"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
    let nowhere = ask(Method::HEAD, "/nowhere").await;
    assert_eq!((nowhere.status, nowhere.body.as_str()), (404, ""));
}

/// What no client library sends.
#[tokio::test]
async fn an_address_that_is_no_uri_is_refused_by_the_function_and_counted() {
    let Some(api) = Cloud::get().api_url.clone() else { return };
    let secret = Cloud::get().origin_secret.clone().unwrap();
    // The stage is a path here, and none on AWS.
    let host = api.split_once("://").unwrap().1;
    let (origin, stage) = api.split_at(api.len() - host.len() + host.find('/').unwrap_or(host.len()));
    for path in ["/health", "/api/products", "/api/me", "/nowhere"] {
        for query in ["q=\"", "q=<b>", "%22=\""] {
            let ask =
                |headers: &[(&str, &str)]| raw_http::ask(origin, "GET", &format!("{stage}{path}?{query}"), headers, "");
            let answer = ask(&[("x-origin-secret", &secret)]);
            assert_eq!(answer.status, 400, "{path}?{query}: {}", answer.body);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{path}?{query}");
            assert!(!answer.header("x-request-id").is_empty(), "{path}?{query}: {:?}", answer.headers);
            assert_eq!(ask(&[]).status, 403, "{path}?{query}: past the CDN");
        }
    }
}

#[tokio::test]
async fn an_answer_is_data_and_no_page() {
    for (path, status) in [("/health", 200), ("/api/products", 200), ("/nowhere", 404)] {
        let reply = Visitor::new().get(path).await;
        reply.ok(path, status);
        let header = |name| reply.header(name);
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'", "{path}");
        assert_eq!(header("access-control-allow-origin"), "", "{path}: closed unless it is opened");
    }
}
