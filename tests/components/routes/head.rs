//! HEAD gets what a GET would, without the body (RFC 9110, section 9.3.2).

use super::Shop;
use functions::routes::{GetHealth, catalog, sessions, users};
use reqwest::{Method, StatusCode, header::HeaderMap};
use shared::{
    clock::Clock,
    context::Cx,
    edge::Response,
    lambda::{Ready, Request, Route, answer},
};
use std::time::Duration;

async fn ask<R: Route>(ready: &Ready<R>, method: Method, path: &str, tag: Option<&str>) -> Response {
    let mut request = Request::default();
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    if let Some(tag) = tag {
        request.headers_mut().insert("if-none-match", tag.parse().unwrap());
    }
    let cx = Cx::new(Clock::system(), "test", Duration::from_secs(10));
    Box::pin(answer(ready, &cx, request)).await
}

/// The headers that say the same however often one asks.
fn lasting(response: &Response) -> HeaderMap {
    let mut headers = response.headers().clone();
    for name in ["server-timing", "cache-status", "content-length", "ratelimit"] {
        headers.remove(name);
    }
    headers
}

async fn is_get_without_its_body<R: Route>(shop: &Shop, path: &str, status: u16) {
    let ready = shop.environment::<R>().await;
    let get = ask(&ready, Method::GET, path, None).await;
    let head = ask(&ready, Method::HEAD, path, None).await;
    assert_eq!((get.status().as_u16(), head.status().as_u16()), (status, status), "{path}");
    assert_eq!(lasting(&head), lasting(&get), "{path}");
    assert!(!get.body().is_empty() && head.body().is_empty(), "{path}");
    assert_eq!(head.headers()["content-length"], get.body().len().to_string(), "{path}");
    if let Some(tag) = get.headers().get("etag") {
        let known = ask(&ready, Method::HEAD, path, tag.to_str().ok()).await;
        assert_eq!(
            (known.status(), known.headers()["content-type"].as_bytes()),
            (StatusCode::NOT_MODIFIED, &b"application/json"[..])
        );
        assert!(!known.headers().contains_key("content-length"), "the length of a body that a GET would have had");
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let shop = Shop::new();
    let tea = shop.stock(250).await;
    is_get_without_its_body::<GetHealth>(&shop, "/health", 200).await;
    is_get_without_its_body::<catalog::GetProduct>(&shop, &format!("/api/products/{tea}"), 200).await;
    is_get_without_its_body::<catalog::ListProducts>(&shop, "/api/products?limit=2", 200).await;
    is_get_without_its_body::<catalog::ListProducts>(&shop, "/api/products?limit=x", 400).await;
    is_get_without_its_body::<users::GetUser>(&shop, "/api/users/01a218c3-285e-71a3-a887-9dee67b1e42b", 404).await;
    is_get_without_its_body::<sessions::GetSession>(&shop, "/api/sessions/current", 401).await;
}
