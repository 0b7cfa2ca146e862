//! The CDN's stand-in purges by tag.

use super::{cdn, keepable};
use serde_json::json;
use tests::{
    origin::Origin,
    raw_http::{ask, get},
};

#[test]
fn a_purge_forgets_what_carries_one_of_the_tags_and_nothing_else() {
    let origin = Origin::start(|n, asked| {
        let mut told = keepable(200, &json!({ "n": n }));
        let tags = match asked.target.rsplit('/').next().unwrap() {
            "a" => "product-a category-tea",
            "b" => "product-b category-tea",
            _ => "product-ab category-cups",
        };
        told.headers.push(("xkey", tags.to_owned()));
        told
    });
    let cdn = cdn(&origin);
    let hits = || ["a", "b", "c"].map(|name| get(&cdn.url(), &format!("/api/products/{name}")).is_hit());
    let purge = |tags: &str| ask(&cdn.url(), "PURGE", "/", &[("xkey", tags)], "").status;
    hits();
    assert_eq!(hits(), [true, true, true]);
    assert_eq!(get(&cdn.url(), "/api/products/a").header("xkey"), "", "tags are nobody's business");
    assert_eq!((purge("product-a"), hits()), (200, [false, true, true]));
    assert_eq!((purge("category-tea other"), hits()), (200, [false, false, true]));
    assert_eq!((purge("product-b category-cups"), hits()), (200, [true, false, false]));
    assert_eq!((purge("nobody"), hits()), (200, [true, true, true]));
    assert_eq!(ask(&cdn.url(), "PURGE", "/", &[], "").status, 428, "a purge of nothing is a mistake");
}
