//! One key, many requests.

use super::*;

#[tokio::test]
async fn two_hundred_requests_with_one_key_make_one_thing() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    let posts = (0..200).map(|n| shop.post("key", "body", n));
    let answers = futures_util::future::join_all(posts).await;
    assert_eq!(shop.count(200).await, 1);
    let mut results: Vec<_> = answers.iter().flatten().map(|s| s.result).collect();
    results.dedup();
    assert_eq!(results.len(), 1, "equal answers");
    assert_eq!(answers.iter().flatten().filter(|s| !s.replayed).count(), 1, "one of them is the first");
    let rest = answers.iter().filter_map(|a| a.as_ref().err());
    assert!(rest.into_iter().all(|e| matches!(e, IdempotencyError::Busy { .. })), "or 409");
}

#[tokio::test]
async fn another_body_is_refused_until_the_key_has_expired_by_the_clock() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    assert_eq!(shop.post("key", "body", 1).await.unwrap(), Settled { result: 1, replayed: false });
    assert_eq!(shop.post("key", "body", 2).await.unwrap(), Settled { result: 1, replayed: true });
    assert!(matches!(shop.post("key", "other", 3).await, Err(IdempotencyError::Mismatch)));
    shop.clock.advance(Duration::from_secs(86_399));
    assert!(shop.post("key", "body", 4).await.unwrap().replayed);
    shop.clock.advance(Duration::from_secs(1));
    assert_eq!(shop.post("key", "other", 5).await.unwrap(), Settled { result: 5, replayed: false }, "nobody swept it");
    assert_eq!(shop.count(6).await, 2);
}

#[tokio::test]
async fn a_repetition_is_answered_from_the_record_before_anything_else() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    let cx = Cx::new(shop.clock.clone(), "request", Duration::from_secs(10));
    let key = RecordKey::request("user", "make", "key").unwrap();
    let hash = |body: &str| payload_hash(&body).unwrap();
    assert_eq!(shop.once.replay::<u32>(&cx, &key, &hash("body")).await.unwrap(), None);
    shop.post("key", "body", 1).await.unwrap();
    assert_eq!(shop.once.replay(&cx, &key, &hash("body")).await.unwrap(), Some(1));
    assert!(matches!(shop.once.replay::<u32>(&cx, &key, &hash("other")).await, Err(IdempotencyError::Mismatch)));
}

#[tokio::test]
async fn an_answer_that_is_lost_is_not_a_second_order_and_not_a_replay() {
    let tables = Tables::new();
    let lost = std::sync::atomic::AtomicBool::new(false);
    let client = tables.client_through(move |call| {
        let first = call.operation == "TransactWriteItems" && !lost.swap(true, std::sync::atomic::Ordering::SeqCst);
        if first { Rule::Lose(500, error("InternalServerError")) } else { Rule::Pass }
    });
    let shop = Shop::new(&tables, &client);
    assert_eq!(shop.post("key", "body", 1).await.unwrap(), Settled { result: 1, replayed: false });
    assert_eq!(shop.count(2).await, 1);
}
