//! What the CDN caches when the origin would allow it to cache everything.

use super::{cdn, generous, keepable};
use serde_json::json;
use std::collections::BTreeSet;
use tests::{
    edge_cases::{Cases, all},
    origin::Origin,
    raw_http::{ask, get},
};

#[test]
fn outside_the_families_nothing_is_kept_though_the_origin_allows_it() {
    let (origin, cases) = (generous(), Cases::read());
    let cdn = cdn(&origin);
    let mut seen = BTreeSet::new();
    for (reason, target) in all(&cases.passed) {
        for headers in [
            &[("Cookie", "session=zoe"), ("Authorization", "Bearer zoe")][..],
            &[("Accept", "text/css"), ("X-Original-URL", "/api/products"), ("X-Forwarded-Host", "/api/products")],
            &[("X-HTTP-Method-Override", "GET"), ("Cache-Control", "only-if-cached"), ("Range", "bytes=0-")],
            &[],
        ] {
            let answer = ask(&cdn.url(), "GET", target, headers, "");
            assert!(!answer.is_hit(), "{reason}: {target} {headers:?}");
            assert!(
                headers.first().is_none_or(|h| h.0 == "Cookie") || !answer.body.contains("zoe"),
                "{reason}: {target}"
            );
            assert!(seen.insert(answer.body), "{reason}: {target} was answered twice alike");
        }
        let anonymous = get(&cdn.url(), target);
        assert!(!anonymous.body.contains("zoe"), "{reason}: {target} shows Zoe's page to everyone");
    }
}

#[test]
fn in_the_families_an_answer_is_kept_and_made_for_nobody() {
    let (origin, cases) = (generous(), Cases::read());
    let cdn = cdn(&origin);
    let private = [("Cookie", "session=zoe"), ("Authorization", "Bearer zoe"), ("Consistency-Token", "zoe")];
    let mut keys = BTreeSet::new();
    for (reason, target) in all(&cases.kept) {
        let first = ask(&cdn.url(), "GET", target, &private, "");
        assert!(!first.body.contains("zoe"), "{reason}: {target}: {}", first.body);
        let again = get(&cdn.url(), target);
        assert!(again.is_hit() && again.body == first.body, "{reason}: {target}: {again:?}");
        assert_eq!(ask(&cdn.url(), "HEAD", target, &[], "").body, "", "{reason}: {target}");
        keys.insert(first.body);
    }
    assert_eq!(origin.asked().len(), keys.len(), "one request an entry");
}

#[test]
fn another_method_is_never_answered_from_what_a_get_left_nor_leaves_anything() {
    let origin = generous();
    let cdn = cdn(&origin);
    let mut seen = BTreeSet::from([get(&cdn.url(), "/api/users/a").body]);
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "PROPFIND"] {
        for target in ["/api/users/a", "/api/users/b"] {
            let answer = ask(&cdn.url(), method, target, &[], "{}");
            assert!(!answer.is_hit() && seen.insert(answer.body), "{method} {target}");
        }
    }
    assert!(!get(&cdn.url(), "/api/users/b").is_hit(), "a write left an entry");
    assert!(get(&cdn.url(), "/api/users/a").is_hit());
}

#[test]
fn a_body_that_is_no_part_of_the_key_does_not_reach_the_api() {
    let origin = generous();
    let cdn = cdn(&origin);
    ask(&cdn.url(), "GET", "/api/products", &[("Content-Type", "application/json")], "{\"limit\":1}");
    assert_eq!(origin.asked().pop().unwrap().body, "");
}

#[test]
fn an_error_is_nobody_elses() {
    let origin = Origin::start(|n, asked| {
        let status = asked.target.rsplit('/').next().unwrap().parse().unwrap();
        keepable(status, &json!({ "n": n }))
    });
    let cdn = cdn(&origin);
    for status in [400, 401, 403, 404, 405, 406, 409, 410, 412, 414, 416, 418, 422, 429, 500, 501, 502, 503, 504] {
        let target = format!("/api/products/{status}");
        let (first, again) = (get(&cdn.url(), &target), get(&cdn.url(), &target));
        assert_eq!((first.status, again.status), (status, status));
        assert!(!again.is_hit() && again.body != first.body, "{status} was kept");
    }
}

#[test]
fn an_origin_that_is_gone_is_a_problem_that_nobody_keeps() {
    let origin = Origin::start(|_, _| tests::origin::Told::status(0));
    let cdn = cdn(&origin);
    for target in ["/api/products", "/api/me"] {
        let answer = get(&cdn.url(), target);
        assert_eq!((answer.status, answer.header("content-type")), (503, "application/problem+json"), "{target}");
        assert_eq!(
            (answer.header("cache-control"), answer.header("retry-after")),
            ("private, no-store", "1"),
            "{target}"
        );
    }
}

#[test]
fn only_what_says_so_is_kept() {
    let origin = Origin::start(|n, asked| {
        let mut told = keepable(200, &json!({ "n": n }));
        let value = match asked.target.rsplit('/').next().unwrap() {
            "nothing" => "",
            "age" => "max-age=60",
            "private" => "private, s-maxage=60",
            "unstored" => "no-store, s-maxage=60",
            _ => "public, s-maxage=60",
        };
        told.headers[1].1 = value.to_owned();
        if asked.target.ends_with("cookie") {
            told.headers.push(("Set-Cookie", "session=ada".to_owned()));
        }
        told
    });
    let cdn = cdn(&origin);
    for name in ["nothing", "age", "private", "unstored", "cookie"] {
        let target = format!("/api/products/{name}");
        let (first, again) = (get(&cdn.url(), &target), get(&cdn.url(), &target));
        assert!(!again.is_hit() && again.body != first.body, "{name} was kept");
    }
}

#[test]
fn an_old_value_is_kept_for_its_time_however_old_it_is() {
    let origin = Origin::start(|n, _| {
        let mut told = keepable(200, &json!({ "n": n }));
        told.headers[1].1 = "public, max-age=0, s-maxage=5, stale-if-error=5".to_owned();
        told.headers.extend([("Age", "90".to_owned()), ("Degraded", "product".to_owned())]);
        told
    });
    let cdn = cdn(&origin);
    let (first, again) = (get(&cdn.url(), "/api/products/a"), get(&cdn.url(), "/api/products/a"));
    assert!(again.is_hit() && again.body == first.body, "a table that fails switches the CDN off: {again:?}");
    assert!((90..95).contains(&again.header("age").parse::<u64>().unwrap()), "{again:?}");
}
