//! Effects that are refused, and items that are busy.

use super::*;

#[tokio::test]
async fn a_refused_effect_leaves_no_record() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    shop.post("one", "body", 7).await.unwrap();
    let refused = shop.post("two", "body", 7).await;
    assert!(
        matches!(refused, Err(IdempotencyError::Refused(reasons)) if matches!(reasons[..], [Reason::Condition(Some(_))]))
    );
    assert!(!shop.post("two", "body", 8).await.unwrap().replayed);
}

#[tokio::test]
async fn while_others_hold_the_item_it_is_busy_and_with_the_table_gone_unavailable() {
    let tables = Tables::new();
    let busy = tables.client_through(|call| match call.operation.as_str() {
        "TransactWriteItems" => Rule::Instead(400, conflict()),
        _ => Rule::Pass,
    });
    let answer = Shop::new(&tables, &busy).post("key", "body", 1).await;
    assert!(matches!(answer, Err(IdempotencyError::Busy { until: None })), "{answer:?}");
    let gone = tables.client_through(|_| Rule::refuse(500, "InternalServerError"));
    let answer = Shop::new(&tables, &gone).post("key", "body", 1).await;
    assert!(matches!(&answer, Err(IdempotencyError::Table(e)) if e.is_unavailable()), "{answer:?}");
}

fn conflict() -> serde_json::Value {
    let mut body = error("TransactionCanceledException");
    body["CancellationReasons"] =
        serde_json::json!([{"Code": "TransactionConflict", "Message": "conflict"}, {"Code": "None"}]);
    body
}

#[tokio::test]
async fn a_check_of_another_item_is_an_effect_too() {
    let tables = Tables::new();
    let shop = Shop::new(&tables, &tables.client());
    let cx = Cx::new(shop.clock.clone(), "request", Duration::from_secs(10));
    let key = RecordKey::request("user", "make", "key").unwrap();
    let check = vec![shop.made.checking(&9, &Condition::At(Version(1)))];
    let answer = shop.once.transact(&cx, &key, "h", 1, check).await;
    assert!(matches!(answer, Err(IdempotencyError::Refused(reasons)) if reasons == [Reason::Condition(None)]));
}
