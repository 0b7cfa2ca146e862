//! The CDN: its function in a JavaScript engine, and its stand-in in front of an origin that would
//! allow it to cache everything.

mod caching;
mod forwarding;
mod function;
mod parity;
mod purging;

use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::{
    origin::{Asked, Origin, Told},
    raw_http::Answer,
    varnish::Varnish,
};

/// What the stand-in puts before every path, for API Gateway.
const STAGE: &str = "/_aws/execute-api/origin/$default";

/// An origin that lets everything be kept for a minute, and says in every answer what it was asked
/// and how often before.
fn generous() -> Origin {
    let count = AtomicUsize::new(0);
    Origin::start(move |_, asked| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        keepable(200, &json!({"n": n, "target": asked.target, "headers": asked.headers}))
    })
}

fn keepable(status: u16, body: &Value) -> Told {
    let headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("Cache-Control", "public, max-age=0, s-maxage=60".to_owned()),
    ];
    Told { status, headers, body: body.to_string() }
}

/// The stand-in in front of an origin.
fn cdn(origin: &Origin) -> Varnish {
    Varnish::in_front_of(origin.address())
}

/// What the origin was asked, as seen by the API.
fn targets(origin: &Origin) -> Vec<String> {
    let path = |asked: Asked| asked.target.strip_prefix(STAGE).map(str::to_owned);
    origin.asked().into_iter().map(|asked| path(asked).unwrap()).collect()
}

#[track_caller]
fn refusal(case: &str, answer: &Answer) {
    assert_eq!(answer.status, 400, "{case}: {answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{case}");
    assert_eq!(answer.header("cache-control"), "private, no-store", "{case}");
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((problem["status"].as_u64(), problem["title"].as_str()), (Some(400), Some("Bad Request")), "{case}");
}
