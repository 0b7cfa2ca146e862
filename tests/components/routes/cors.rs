//! Pages of other origins may call the API only if the configuration names them.

use super::{Rule, Shop};
use functions::routes::{Fallback, catalog, sessions};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName},
};
use shared::{
    clock::Clock,
    context::Cx,
    lambda::{Request, Route, answer},
};
use std::time::Duration;

const APP: &str = "https://app.example";

async fn ask<R: Route>(shop: &Shop, method: Method, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap) {
    let mut request = Request::new("".into());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    let cx = Cx::new(Clock::system(), "test", Duration::from_secs(10));
    let response = Box::pin(answer(&shop.environment::<R>().await, &cx, request)).await;
    (response.status().as_u16(), response.headers().clone())
}

async fn preflight(shop: &Shop, path: &str, origin: &str) -> (u16, HeaderMap) {
    let asks = [("origin", origin), ("access-control-request-method", "PATCH")];
    ask::<Fallback>(shop, Method::OPTIONS, path, &asks).await
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_listed_origin_may_ask_and_read_and_never_with_a_cookie() {
    let shop = Shop::with(&[("CORS_ORIGINS", APP)], |_| Rule::Pass);
    let (status, headers) = preflight(&shop, "/api/me", APP).await;
    assert_eq!((status, header(&headers, "access-control-allow-origin")), (204, APP));
    assert_eq!(header(&headers, "access-control-allow-methods"), "GET, HEAD, PATCH, DELETE");
    assert!(header(&headers, "access-control-allow-headers").contains("authorization"));
    let (status, headers) =
        ask::<sessions::GetSession>(&shop, Method::GET, "/api/sessions/current", &[("origin", APP)]).await;
    assert_eq!((status, header(&headers, "access-control-allow-origin")), (401, APP), "a refusal can be read too");
    assert_eq!((header(&headers, "vary"), header(&headers, "access-control-allow-credentials")), ("origin", ""));
    // What the CDN keeps is the same for the pages of all origins.
    let (_, headers) = ask::<catalog::ListProducts>(&shop, Method::GET, "/api/products", &[("origin", APP)]).await;
    assert_eq!((header(&headers, "access-control-allow-origin"), header(&headers, "vary")), ("*", ""));
}

#[tokio::test]
async fn others_may_not_and_unless_it_is_opened_nobody_may() {
    let (open, closed) = (Shop::with(&[("CORS_ORIGINS", APP)], |_| Rule::Pass), Shop::new());
    for (shop, origin) in [(&open, "https://evil.example"), (&open, "null"), (&closed, APP)] {
        let (status, headers) = preflight(shop, "/api/me", origin).await;
        assert_eq!((status, header(&headers, "access-control-allow-origin")), (405, ""), "{origin}");
    }
    let (status, _) = preflight(&open, "/nowhere", APP).await;
    assert_eq!(status, 404);
    let (_, headers) = ask::<catalog::ListProducts>(&closed, Method::GET, "/api/products", &[("origin", APP)]).await;
    assert_eq!(header(&headers, "access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_slip_in_the_origins_is_an_error_at_init() {
    let shop = Shop::with(&[("CORS_ORIGINS", "*")], |_| Rule::Pass);
    assert_eq!(shop.fails_to_start::<catalog::ListProducts>().await.variable, "CORS_ORIGINS");
}
