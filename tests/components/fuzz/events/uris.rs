//! Paths and queries that are no URI.

use super::*;

#[test]
fn what_is_no_uri_is_a_400_on_every_route_and_past_the_cdn_a_403_first() {
    let (runtime, shop) = (runtime(), shop(SECRET));
    let long = "a".repeat(70_000);
    let odd = [
        ("/rawQueryString", "q=\""),
        ("/rawQueryString", "<"),
        ("/rawQueryString", "a>b"),
        ("/rawQueryString", "a b"),
        ("/rawQueryString", &long),
        ("/rawPath", ""),
        ("/rawPath", "x"),
    ];
    for route in all(&runtime, &shop) {
        for (part, value) in odd {
            let event = with(route.event.clone(), part, Some(json!(value)));
            assert_eq!(is_whole(&route, &event.to_string()).unwrap(), 400, "{}: {part} {value:.20}", route.name);
            let past = with(event, "/headers/x-origin-secret", None);
            assert_eq!(is_whole(&route, &past.to_string()).unwrap(), 403, "{}: {part} {value:.20}", route.name);
        }
        let encoded =
            with(with(route.event.clone(), "/body", Some(json!("e3\n0="))), "/isBase64Encoded", Some(json!(true)));
        assert_eq!(is_whole(&route, &encoded.to_string()).unwrap(), 400, "{}: a line break in base64", route.name);
        for event in ["null", "[]", "7", "{}", "{\"Records\": []}", "\"x\"", ""] {
            assert_eq!(is_whole(&route, event).unwrap(), 403, "{}: {event}", route.name);
        }
        let known = json!({ "headers": { "x-origin-secret": SECRET } });
        assert_eq!(is_whole(&route, &known.to_string()).unwrap(), 400, "{}", route.name);
        for (name, value) in [("host", "a b"), ("x-forwarded-proto", "ht tp"), ("x-forwarded-proto", ""), ("host", "")]
        {
            let event = with(route.event.clone(), &format!("/headers/{name}"), Some(json!(value)));
            let usual = is_whole(&route, &route.event.to_string()).unwrap();
            assert_eq!(is_whole(&route, &event.to_string()).unwrap(), usual, "{}: {name} is not used", route.name);
        }
    }
}
