//! An event with any part odd ends in one response and one line.

use super::*;

#[test]
fn an_event_with_any_part_odd_ends_in_a_response_and_a_line() {
    let (runtime, values) = (runtime(), values());
    let shop = shop("");
    for route in all(&runtime, &shop) {
        for part in PARTS {
            for value in &values {
                is_whole(&route, &with(route.event.clone(), part, value.clone()).to_string()).unwrap();
            }
        }
        let many: Map<_, _> = (0..40_000).map(|n| (format!("x-{n}"), json!("1"))).collect();
        let flood = with(route.event.clone(), "/headers", Some(many.into())).to_string();
        assert_eq!(is_whole(&route, &flood).unwrap(), 400, "{}: more headers than a map takes", route.name);
    }
}

#[test]
fn an_event_that_is_refused_counts() {
    let (runtime, shop) = (runtime(), Shop::with(&[("LIMITS", "catalog-list:3/60")], |_| Rule::Pass));
    let route = waiting::<catalog::ListProducts>(&runtime, &shop);
    let event = with(route.event.clone(), "/rawQueryString", Some(json!("\""))).to_string();
    let statuses: Vec<_> = (0..6).map(|_| is_whole(&route, &event).unwrap()).collect();
    assert_eq!((statuses[0], statuses[5]), (400, 429), "{statuses:?}");
}
