//! What the CDN keeps, and for how long.

use super::*;

#[tokio::test]
async fn a_profile_is_read_once_and_served_twice_to_whoever_asks() {
    let person = Visitor::new_person().await;
    let path = format!("/api/users/{}", person.id);
    let first = Visitor::new().get(&path).await;
    first.ok("the first reader", 200);
    assert!(first.header("cache-control").starts_with("public, max-age=0, s-maxage=5, stale-if-error="));
    assert!(!is_hit(&first), "nobody has asked before: {:?}", first.headers);
    let noisy = format!("{path}?utm_source=mail");
    for (case, visitor, path) in [
        ("again", Visitor::new(), &path),
        ("its owner", person.visitor.clone(), &path),
        ("with a query", Visitor::new(), &noisy),
    ] {
        let reply = visitor.get(path).await;
        assert!(is_hit(&reply), "{case}: not from the CDN: {:?}", reply.headers);
        assert_eq!(reply.body, first.body, "{case}");
        assert_eq!(reply.header("set-cookie"), "", "{case}: a stored answer sets a cookie");
    }
}

#[tokio::test]
async fn outside_the_public_paths_nothing_is_ever_stored() {
    let person = Visitor::new_person().await;
    let product = fixtures::product().await;
    let order = person.visitor.order(&[(&product, 1)], None).await;
    let order_path = order.header("location").to_owned();
    let mut replies = vec![("an order placed", order)];
    for (case, path) in [
        ("health", "/health"),
        ("the session", "/api/sessions/current"),
        ("an order", &order_path),
        ("nothing", "/api/nothing"),
        ("no profile", "/api/users/00000000-0000-7000-8000-000000000000"),
        ("no product", "/api/products/00000000-0000-7000-8000-000000000000"),
    ] {
        replies.push((case, person.visitor.get(path).await));
        replies.push((case, person.visitor.get(path).await));
    }
    replies.push(("out", person.visitor.call(Method::DELETE, "/api/sessions/current", |request| request).await));
    for (case, reply) in replies {
        assert_eq!(reply.header("cache-control"), "private, no-store", "{case}: {:?}", reply.headers);
        assert!(!is_hit(&reply), "{case}: out of the CDN: {:?}", reply.headers);
    }
}

#[tokio::test]
async fn the_catalogue_may_be_kept_for_a_minute_by_the_cdn_and_by_nobody_else() {
    let product = fixtures::product().await;
    for path in ["/api/products?limit=2".to_owned(), format!("/api/products/{product}")] {
        let whole = "public, max-age=0, s-maxage=60, stale-if-error=86400";
        // An answer that took long is kept for five seconds only.
        eventually(Duration::from_secs(20), "an answer that is kept for its whole time", || async {
            Visitor::new().get(&path).await.header("cache-control") == whole
        })
        .await;
    }
}
