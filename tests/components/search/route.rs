//! The search route while the index is slow or gone.

use super::{Shelf, product};
use functions::routes::catalog;
use serde_json::Value;
use shared::{
    context::Cx,
    lambda::{Ready, Request, answer},
};
use std::time::{Duration, Instant};
use tests::{fault_injector::Rule, redis::Redis};

/// Status, headers and body of one request of a new environment.
async fn get(shelf: &Shelf, query: &str) -> (u16, reqwest::header::HeaderMap, Value) {
    let ready = Ready::<catalog::SearchProducts>::from_app(&shelf.app).await.unwrap();
    let mut request = Request::new("".into());
    *request.uri_mut() = format!("/api/search{query}").parse().unwrap();
    let cx = Cx::new(shelf.clock.clone(), "test", Duration::from_secs(10));
    let response = Box::pin(answer(&ready, &cx, request)).await;
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status().as_u16(), response.headers().clone(), body)
}

#[tokio::test]
async fn an_answer_is_a_list_for_the_cdn_with_its_tags() {
    let shelf = Shelf::new().await;
    let tea = product(1, "Green Tea");
    shelf.stock([tea.clone()]).await;
    // The first answer took long, perhaps.
    get(&shelf, "?q=Gr%C3%89en&limit=5").await;
    let (status, headers, body) = get(&shelf, "?q=Gr%C3%89en&limit=5").await;
    assert_eq!(status, 200, "{body}");
    let row =
        serde_json::json!({"id": tea.id, "name": "Green Tea", "category": "tea", "price_cents": 101, "version": 1});
    assert_eq!(body, serde_json::json!({"items": [row], "next": null, "stale": false}));
    assert_eq!(headers["cache-control"], "public, max-age=0, s-maxage=60, stale-if-error=86400");
    assert_eq!(headers["xkey"], "search", "any change of any product may change it");
    let (status, _, body) = get(&shelf, "?q=a").await;
    assert_eq!((status, body["items"].as_array().map(Vec::len)), (200, Some(0)));
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_by_name() {
    let shelf = Shelf::new().await;
    let long = "x".repeat(101);
    let cases = [
        (String::new(), "q"),
        ("?q=".to_owned(), "q"),
        (format!("?q={long}"), "q"),
        ("?q=tea%00".to_owned(), "q"),
        ("?q=tea%0Agreen".to_owned(), "q"),
        ("?q=%ff".to_owned(), "q"),
        ("?q=tea&limit=0".to_owned(), "limit"),
        ("?q=tea&limit=101".to_owned(), "limit"),
        ("?q=tea&cursor=nonsense".to_owned(), "cursor"),
        ("?q=tea&q=mug".to_owned(), "q"),
        ("?q=tea&category=tea".to_owned(), "category"),
    ];
    for (query, field) in cases {
        let (status, _, body) = get(&shelf, &query).await;
        assert_eq!((status, &body["errors"][0]["field"]), (400, &Value::from(field)), "{query}: {body}");
    }
}

/// What an index that does `rule` answers after a good answer, with and without a cache server.
async fn after_a_good_answer(rule: fn() -> Rule) {
    let redis = Redis::start();
    for cache in [vec![], vec![("CACHE_URL", redis.url())]] {
        let shelf = Shelf::with(&cache).await;
        shelf.stock([product(1, "Green Tea")]).await;
        let (_, _, fresh) = get(&shelf, "?q=green").await;
        shelf.meddle(move |_| rule());
        shelf.clock.advance(Duration::from_secs(45));
        for _ in 0..2 {
            let start = Instant::now();
            let (status, headers, body) = get(&shelf, "?q=green").await;
            assert_eq!((status, &body["items"]), (200, &fresh["items"]), "{body}");
            let stale = body["stale"].as_u64().unwrap_or_default();
            assert!((15..=18).contains(&stale), "30 s and a tenth of jitter are fresh: {body}");
            assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
            assert_eq!(["degraded", "age"].map(|name| headers[name].to_str().unwrap()), ["search", "45"]);
            assert_eq!(headers["cache-control"], "public, max-age=0, s-maxage=5, stale-if-error=5");
            if !cache.is_empty() {
                // The turn is held: others are served at once, and need not find out themselves.
                break;
            }
        }
        let (status, headers, body) = get(&shelf, "?q=tea").await;
        assert_eq!((status, body["title"].is_string()), (503, true), "nobody has asked for this before: {body}");
        assert_eq!(headers["cache-control"], "private, no-store");
        shelf.clock.advance(Duration::from_hours(2));
        assert_eq!(get(&shelf, "?q=green").await.0, 503, "an answer of two hours ago is none");
        shelf.meddle(|_| Rule::Pass);
        // A breaker that the slow index has opened is open for two seconds more at most.
        let returned = Instant::now();
        while get(&shelf, "?q=green").await.0 == 503 && returned.elapsed() < Duration::from_millis(2_500) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let (status, headers, body) = get(&shelf, "?q=green").await;
        assert_eq!((status, &body["stale"], headers.get("degraded")), (200, &Value::Bool(false), None));
    }
}

#[tokio::test]
async fn a_slow_index_is_answered_for_by_what_it_said_before() {
    Box::pin(after_a_good_answer(|| Rule::Delay(Duration::from_secs(5)))).await;
}

#[tokio::test]
async fn a_failing_index_is_answered_for_by_what_it_said_before() {
    Box::pin(after_a_good_answer(|| Rule::refuse(400, "ThrottlingException"))).await;
}
