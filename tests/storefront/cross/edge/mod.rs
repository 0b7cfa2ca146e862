//! What the CDN keeps, what it never keeps, and what nobody answers.

mod caching;
mod refusals;

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
async fn an_answer_says_how_long_it_took_and_by_which_id_to_complain() {
    let reply = Visitor::new().get("/health").await;
    reply.ok("health", 200);
    assert!(reply.header("server-timing").contains("total"), "{:?}", reply.headers);
    assert!(!reply.header("x-request-id").is_empty(), "{:?}", reply.headers);
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
