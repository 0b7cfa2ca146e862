//! A new price reaches the CDN.

use super::*;

#[tokio::test]
async fn a_new_price_is_not_hidden_by_what_the_cdn_keeps() {
    let shelf = Shelf::with_one().await;
    for path in [shelf.page(), shelf.list(), format!("{}&limit=100", shelf.list())] {
        kept(&path).await;
    }
    shelf.write(2, &shelf.category, 250).await;
    let (page, list) = tokio::join!(forgotten_in_time(shelf.page()), forgotten_in_time(shelf.list()));
    assert_eq!((&page["id"], &page["price_cents"]), (&json!(shelf.id), &json!(250)));
    assert_eq!(list["items"][0]["price_cents"], 250, "{list}");
    assert_eq!(shelf.aws.backlog("FORGET_DEAD_LETTERS_URL").await, 0, "a purge was given up");
}

#[tokio::test]
async fn a_new_price_outdates_no_other_product() {
    let (shelf, other) = (Shelf::with_one().await, Shelf::with_one().await);
    // Other tests change products too: of many at a time all pages are forgotten.
    for version in 2..8 {
        kept(&other.page()).await;
        kept(&other.list()).await;
        kept(&shelf.page()).await;
        shelf.write(version, &shelf.category, 250).await;
        forgotten_in_time(shelf.page()).await;
        if [other.page(), other.list()].iter().all(|path| get(&Cloud::get().base_url, path).is_hit()) {
            return;
        }
    }
    panic!("each change of one product outdated another");
}
