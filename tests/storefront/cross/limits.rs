//! Limits, seen from outside. One route of the stack under test keeps the limit that the code gives
//! it: `PATCH /api/me`.

use serde_json::json;
use tests::client::Visitor;

#[tokio::test]
async fn who_writes_too_often_is_told_when_to_come_back_and_others_are_not_held_up() {
    let (ada, bob) = (Visitor::new_person().await, Visitor::new_person().await);
    let nothing = json!({});
    let mut statuses = Vec::new();
    for _ in 0..62 {
        statuses.push(ada.visitor.patch("/api/me", &nothing, None).await.status);
    }
    assert_eq!(statuses[..60], [400; 60], "each counts, though it changes nothing");
    assert_eq!(statuses[60..], [429; 2]);

    let refused = ada.visitor.patch("/api/me", &nothing, None).await;
    refused.problem("the 63rd in a minute", 429, None);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=63).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit"), format!("\"client-60s\";r=0;t={wait}"));
    assert_eq!(refused.header("ratelimit-policy"), "\"client-60s\";q=60;w=60");

    // Another session of hers is still her.
    let again = ada.sign_in_again().await;
    again.visitor.patch("/api/me", &nothing, None).await.problem("in another session", 429, None);
    bob.visitor.patch("/api/me", &nothing, None).await.problem("somebody else", 400, None);
    let read = bob.visitor.get("/api/me").await;
    assert!(read.header("ratelimit").starts_with("\"client-60s\";r="), "{}", read.header("ratelimit"));
}

#[tokio::test]
async fn what_the_cdn_keeps_tells_nobody_s_limits() {
    let page = Visitor::new().get("/api/products").await;
    assert_eq!((page.status, page.header("ratelimit"), page.header("ratelimit-policy")), (200, "", ""));
}
