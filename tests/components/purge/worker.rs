//! The way from the products table's stream to the CDN.

use super::{Way, changed, id, product, purged, record};
use serde_json::{Value, json};
use std::time::Duration;
use tests::origin::{Origin, Told};

#[tokio::test]
async fn changes_of_one_batch_are_one_call_that_names_their_lists_once() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin).await;
    way.relay(&[changed(1, 2), changed(2, 2), changed(1, 3)]).await;
    assert_eq!(way.work().await, 0);
    assert_eq!(purged(&origin), [format!("long-all long-tea product-{} product-{}", id(1), id(2))]);
}

#[tokio::test]
async fn a_product_that_comes_moves_or_goes_outdates_what_shows_it_or_has_to() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin).await;
    let (pk, none) = (format!("product#{}", id(1)), Value::Null);
    let tombstone = json!({"pk": {"S": pk}, "version": {"N": "4"}});
    for change in [
        record("INSERT", &pk, &none, &product(1, "tea", 1)),
        record("MODIFY", &pk, &product(1, "tea", 1), &product(1, "cups", 2)),
        record("MODIFY", &pk, &product(1, "cups", 3), &tombstone),
        record("REMOVE", &pk, &product(1, "cups", 5), &none),
    ] {
        way.relay(&[change]).await;
        assert_eq!(way.work().await, 0);
    }
    let gone = format!("long-all long-cups product-{}", id(1));
    let expected = [
        "category-all category-tea".to_owned(),
        format!("category-cups long-all long-tea product-{}", id(1)),
        gone.clone(),
        gone,
    ];
    assert_eq!(purged(&origin), expected);
}

#[tokio::test]
async fn an_event_that_comes_twice_is_purged_twice_and_that_is_all() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin).await;
    for _ in 0..2 {
        way.relay(&[changed(1, 2)]).await;
        assert_eq!(way.work().await, 0);
    }
    let all = purged(&origin);
    assert_eq!((all.len(), &all[0]), (2, &all[1]));
    assert_eq!(way.left(), (0, 0));
}

#[tokio::test]
async fn while_the_cdn_is_gone_events_wait_a_second_at_a_time_and_none_is_lost() {
    let origin = Origin::start(|n, _| Told::status(if n < 6 { 503 } else { 200 }));
    let way = Way::to(&origin).await;
    way.relay(&[changed(1, 2), changed(2, 2)]).await;
    for _ in 0..2 {
        assert_eq!(way.work().await, 2, "three tries, and both go back");
        way.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(way.work().await, 0);
    assert_eq!(purged(&origin).last(), purged(&origin).first());
    assert_eq!(way.left(), (0, 0));
}

#[tokio::test]
async fn a_cdn_that_refuses_us_is_a_dead_letter_with_its_reason() {
    let origin = Origin::start(|_, _| Told::status(403));
    let way = Way::to(&origin).await;
    way.relay(&[changed(1, 2)]).await;
    for _ in 0..5 {
        way.work().await;
        way.clock.advance(Duration::from_hours(1));
    }
    let [letter] = way.queues.messages("forget-dlq").try_into().unwrap();
    assert!(letter.reason.unwrap().contains("the CDN refuses: 403"));
}

#[tokio::test]
async fn poison_keeps_nobody_from_being_purged() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin).await;
    way.queues.push("forget", "{");
    way.relay(&[changed(1, 2)]).await;
    assert_eq!(way.work().await, 0);
    assert_eq!(purged(&origin).len(), 1);
    assert_eq!(way.queues.messages("forget-dlq").len(), 1);
}

#[tokio::test]
async fn a_key_that_is_no_products_is_no_event_and_one_that_cannot_be_read_is_a_dead_letter() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin).await;
    let guard = json!({"pk": {"S": "name#tea"}, "version": {"N": "1"}});
    let odd = json!({"pk": {"S": "product#42"}, "version": {"N": "1"}});
    let records =
        [record("INSERT", "name#tea", &Value::Null, &guard), record("INSERT", "product#42", &Value::Null, &odd)];
    way.relay(&records).await;
    assert!(way.queues.messages("forget").is_empty());
    let letters = way.queues.messages("relay-dlq");
    assert!(letters.len() == 1 && letters[0].body.contains("the key: "), "{letters:?}");
}
