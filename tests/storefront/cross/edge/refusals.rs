//! What no route takes, and what does not come through the CDN.

use super::*;

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
