//! What reaches the API, and what the CDN adds to it.

use super::{STAGE, cdn, generous, refusal, targets};
use serde_json::Value;
use tests::{
    edge_cases::{Cases, all},
    raw_http::{ask, get},
};

#[test]
fn what_is_refused_reaches_nobody() {
    let (origin, cases) = (generous(), Cases::read());
    let cdn = cdn(&origin);
    for (reason, target) in all(&cases.refused) {
        let answer = get(&cdn.url(), target);
        if target.starts_with('/') {
            refusal(&format!("{reason}: {target}"), &answer);
        } else {
            // Varnish does not read on behind such a target, and refuses in words of its own.
            assert_eq!(answer.status, 400, "{reason}: {target}");
        }
    }
    assert_eq!(targets(&origin), [""; 0]);
}

#[test]
fn what_is_clear_reaches_the_api_as_it_came() {
    let (origin, cases) = (generous(), Cases::read());
    let cdn = cdn(&origin);
    for (reason, target) in all(&cases.passed) {
        get(&cdn.url(), target);
        assert_eq!(targets(&origin).pop().as_deref(), Some(target), "{reason}");
    }
    for (reason, target) in all(&cases.kept) {
        // A query loses what is not for the API; a path nothing. An entry that was there says what
        // made it.
        let answer: Value = serde_json::from_str(&get(&cdn.url(), target).body).unwrap();
        let path = |target: &str| target.split('?').next().unwrap().to_owned();
        assert_eq!(path(answer["target"].as_str().unwrap()), format!("{STAGE}{}", path(target)), "{reason}");
    }
}

#[test]
fn the_viewers_address_is_the_edges_and_nothing_that_a_client_claims_is_left() {
    let (origin, cases) = (generous(), Cases::read());
    let cdn = cdn(&origin);
    let mut headers: Vec<_> = cases
        .claims
        .iter()
        .chain(&cases.claims_that_cloudfront_removes)
        .map(|name| (name.as_str(), "203.0.113.9"))
        .collect();
    headers.extend([
        ("X-Viewer-Address", "203.0.113.9"),
        ("x-viewer-address", "203.0.113.10"),
        ("Authorization", "Bearer t"),
    ]);
    for target in ["/api/me", "/api/users/a"] {
        ask(&cdn.url(), "GET", target, &headers, "");
        let asked = origin.asked().pop().unwrap();
        assert_eq!(asked.header("x-viewer-address"), ["127.0.0.1"], "{target}");
        let claims = asked.headers.iter().filter(|(_, value)| value.contains("203.0.113"));
        assert_eq!(claims.count(), 0, "{target}: {:?}", asked.headers);
        assert_eq!(asked.header("x-forwarded-for"), ["127.0.0.1"], "{target}");
        assert_eq!(asked.header("authorization").len(), usize::from(target == "/api/me"), "{target}");
        let ours = ["x-path", "x-rest", "x-query"];
        assert!(!asked.headers.iter().any(|(name, _)| ours.contains(&name.as_str())), "{:?}", asked.headers);
    }
}

#[test]
fn of_a_query_the_familys_fields_reach_the_api_in_order_and_one_spelling() {
    let (origin, cases) = (generous(), Cases::read());
    let cdn = cdn(&origin);
    for query in &cases.queries {
        let answer = get(&cdn.url(), &query.asked);
        let reached = serde_json::from_str::<Value>(&answer.body).unwrap()["target"].clone();
        assert_eq!(reached, format!("{STAGE}{}", query.reaches), "{}", query.asked);
        // What reaches the API is the key: whoever asks for it is answered by what was kept.
        assert!(get(&cdn.url(), &query.reaches).is_hit(), "{}", query.asked);
    }
}
