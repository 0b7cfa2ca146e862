use super::*;
use http::{
    Uri,
    header::{COOKIE, SET_COOKIE},
};
use serde_json::json;

fn event() -> Value {
    json!({
        "version": "2.0", "routeKey": "GET /api/search", "rawPath": "/api/search", "rawQueryString": "q=tea%20pot",
        "cookies": ["city=Z\u{fc}rich", "b=2"],
        "headers": {"accept": "*/*", "x-viewer-address": "203.0.113.7"},
        "requestContext": {"http": {"method": "GET", "path": "/x", "sourceIp": "198.51.100.9"}, "stage": "$default"},
        "isBase64Encoded": false,
    })
}

fn with(pointer: &str, value: Value) -> Request {
    let mut event = event();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
    read(&event.to_string())
}

fn is_flawed(request: &Request) -> bool {
    request.extensions().get::<Flaw>().is_some()
}

#[test]
fn an_event_is_a_request() {
    let request = read(&event().to_string());
    assert!(!is_flawed(&request));
    assert_eq!((request.method(), request.uri()), (&Method::GET, &Uri::from_static("/api/search?q=tea%20pot")));
    assert_eq!(request.headers()["accept"], "*/*");
    assert_eq!(request.headers()[COOKIE].as_bytes(), "city=Z\u{fc}rich; b=2".as_bytes());
    assert_eq!(request.extensions().get::<Peer>().unwrap().0.to_string(), "198.51.100.9");
    assert!(request.body().is_empty());
    let posted = with("/body", json!("{\"name\": \"Zo\u{eb}\"}"));
    assert_eq!(posted.body(), "{\"name\": \"Zo\u{eb}\"}");
}

#[test]
fn what_is_no_uri_is_a_flaw() {
    let long = "q=".to_owned() + &"a".repeat(65_536);
    for query in ["q=\"", "q=<", "q=>", "q=a b", "q=\u{0}", "q=\n", "q=a#b", &long] {
        assert!(is_flawed(&with("/rawQueryString", json!(query))), "{query:?}");
    }
    for path in ["", "api", "http://evil.example/", "*", &format!("/{long}")] {
        assert!(is_flawed(&with("/rawPath", json!(path))), "{path:?}");
    }
}

#[test]
fn a_path_that_the_gateway_decoded_is_the_clients_again() {
    for (decoded, sent) in [
        ("/", "/"),
        ("/a b", "/a%20b"),
        ("/a?b", "/a%3Fb"),
        ("/a#b", "/a%23b"),
        ("/\u{0}\"<>", "/%00%22%3C%3E"),
        ("/Z\u{fc}rich", "/Z%C3%BCrich"),
        ("/api/users/%F0%9F%8D%B5", "/api/users/%F0%9F%8D%B5"),
        ("/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"),
    ] {
        let request = with("/rawPath", json!(decoded));
        assert_eq!((is_flawed(&request), request.uri().path()), (false, sent));
        assert_eq!(request.uri().query(), Some("q=tea%20pot"), "{decoded}");
    }
}

#[test]
fn headers_that_are_of_no_use_do_no_harm_and_what_is_no_header_is_a_flaw() {
    for (name, value) in [("host", "a b:c/d?"), ("x-forwarded-proto", "<script>"), ("x-forwarded-port", "-1")] {
        assert!(!is_flawed(&with(&format!("/headers/{name}"), json!(value))), "{name}");
    }
    for (name, value) in [("if-match", "\"7\"\n"), ("a b", "c"), ("", "c")] {
        assert!(is_flawed(&with(&format!("/headers/{name}"), json!(value))), "{name:?}");
    }
    let many: serde_json::Map<_, _> = (0..40_000).map(|n| (format!("x-{n}"), json!("1"))).collect();
    assert!(is_flawed(&with("/headers", many.into())));
}

#[test]
fn a_cookie_that_is_none_takes_no_other_along() {
    let request = with("/cookies", json!(["a=\n", "b=2", "c=\u{e9}"]));
    assert_eq!((is_flawed(&request), request.headers()[COOKIE].as_bytes()), (false, "b=2; c=\u{e9}".as_bytes()));
}

#[test]
fn a_body_in_base64_is_read_or_refused() {
    let body = |text: &str| {
        let mut event = event();
        (event["isBase64Encoded"], event["body"]) = (json!(true), json!(text));
        read(&event.to_string())
    };
    assert_eq!(body("e30=").body(), "{}");
    for text in ["e3\n0=", "e30", "?", "e30=\r\n"] {
        assert!(is_flawed(&body(text)), "{text:?}");
    }
    assert!(!is_flawed(&body("")));
}

#[test]
fn what_is_not_api_gateways_still_shows_its_headers() {
    let mut other = event();
    other["rawQueryString"] = json!(7);
    let request = read(&other.to_string());
    assert!(is_flawed(&request));
    assert_eq!(request.headers()["x-viewer-address"], "203.0.113.7");
    for text in ["null", "[]", "7", "\"x\"", "{}", "{\"Records\": []}", "{\"headers\": 7}", "", "{"] {
        assert!(is_flawed(&read(text)), "{text}");
    }
}

#[test]
fn an_answer_keeps_its_cookies_apart() {
    let response = http::Response::builder()
        .status(201)
        .header(SET_COOKIE, "a=1")
        .header(SET_COOKIE, "b=2")
        .body(Bytes::from_static(b"{}"))
        .unwrap();
    let answer = serde_json::to_value(answer(response)).unwrap();
    assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(201), &json!("{}")));
    assert_eq!((&answer["cookies"], &answer["headers"]), (&json!(["a=1", "b=2"]), &json!({})));
    let bytes = http::Response::new(Bytes::from_static(b"\xff"));
    let bytes = serde_json::to_value(super::answer(bytes)).unwrap();
    assert_eq!((&bytes["isBase64Encoded"], &bytes["body"]), (&json!(true), &json!("/w==")));
}
