//! A condition that does not hold because somebody else was faster is never an error of ours.

use super::{Rule, Shop, person};
use functions::{
    accounts::users::{User, Users},
    ids::OrderId,
    routes::{me, orders},
};
use serde_json::{Value, json};
use shared::{
    app::FromApp as _,
    context::Cx,
    idempotency::IdempotencyError,
    lambda::Problem,
    table::{Reason, TableError},
    version::Version,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};
use tests::{dynamo::Tables, fault_injector::error};

/// What somebody else does in between.
type Change = Box<dyn FnOnce() + Send>;

/// A cancelled transaction, with these reasons.
fn cancelled(codes: &[&str]) -> Rule {
    let mut body = error("TransactionCanceledException");
    body["CancellationReasons"] = codes.iter().map(|code| json!({"Code": code, "Message": "said so"})).collect();
    Rule::Instead(400, body)
}

#[tokio::test]
async fn an_account_that_changes_while_it_is_deleted_is_deleted() {
    let tables = Tables::new();
    let changes: Arc<Mutex<Option<Change>>> = Arc::default();
    let pending = Arc::clone(&changes);
    let shop = Shop::in_process(&tables, move |call| {
        if call.operation == "TransactWriteItems"
            && call.body.to_string().contains("deleted_at")
            && let Some(change) = pending.lock().unwrap().take()
        {
            change();
        }
        Rule::Pass
    });
    let ada = person(&shop, "ada@shop.example").await;
    let users = Users::from_app(shop.app()).await.unwrap();
    let user = users.by_email(&Cx::detached(), &"ada@shop.example".parse().unwrap()).await.unwrap().unwrap();
    // A PATCH of the same account comes between the read and the transaction.
    let other = Shop::in_process(&tables, |_| Rule::Pass);
    let (id, version) = (user.id, user.version);
    *changes.lock().unwrap() = Some(Box::new(move || {
        let renamed = User { name: "Eve".to_owned(), version: version.next(), ..user };
        let write = async move {
            let users = Users::from_app(other.app()).await.unwrap();
            users.replace(&Cx::detached(), renamed, version).await.unwrap();
        };
        // The network is no place to wait at: the write is made on a thread of its own.
        std::thread::spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(write);
        })
        .join()
        .unwrap();
    }));
    let deleted = shop.ask::<me::DeleteMe>("/api/me", &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(deleted.status, 204, "{}", deleted.body);
    assert!(users.get(&Cx::detached(), id, shared::table::Consistency::Strong).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_never_stands_still_is_told_so() {
    let tables = Tables::new();
    let deletes = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&deletes);
    let shop = Shop::in_process(&tables, move |call| {
        if call.operation == "TransactWriteItems" && call.body.to_string().contains("deleted_at") {
            count.fetch_add(1, Ordering::SeqCst);
            return cancelled(&["ConditionalCheckFailed", "None"]);
        }
        Rule::Pass
    });
    let ada = person(&shop, "ada@shop.example").await;
    let refused = shop.ask::<me::DeleteMe>("/api/me", &[("authorization", &ada)], &Value::Null).await;
    assert_eq!((refused.status, deletes.load(Ordering::SeqCst)), (412, 4), "{}", refused.body);
}

#[tokio::test(start_paused = true)]
async fn an_order_whose_transaction_is_refused_is_no_error_of_ours() {
    // The record's reason first, then the order's.
    let cases: [(&[&str], u16); 6] = [
        (&["ConditionalCheckFailed", "None"], 409),
        (&["None", "ConditionalCheckFailed"], 412),
        (&["TransactionConflict", "None"], 409),
        (&["None", "ThrottlingError"], 503),
        (&["ConditionalCheckFailed", "ProvisionedThroughputExceeded"], 409),
        (&["None", "ValidationError"], 500),
    ];
    for (codes, status) in cases {
        let tables = Tables::new();
        let shop = Shop::in_process(&tables, move |call| {
            let of_order = call.operation == "TransactWriteItems" && call.body.to_string().contains("order#");
            if of_order { cancelled(codes) } else { Rule::Pass }
        });
        let ada = person(&shop, "ada@shop.example").await;
        let lines = json!({ "items": [{ "product_id": shop.stock(250).await.to_string(), "quantity": 1 }] });
        let key = OrderId::generate().to_string();
        let headers = [("authorization", ada.as_str()), ("idempotency-key", key.as_str())];
        let refused = shop.ask::<orders::CreateOrder>("/api/orders", &headers, &lines).await;
        assert_eq!(refused.status, status, "{codes:?}: {}", refused.body);
        assert!(status != 503 || !refused.header("retry-after").is_empty(), "{codes:?}");
    }
}

#[test]
fn no_refused_condition_becomes_an_internal_error() {
    let refused = || vec![Reason::None, Reason::Condition(None)];
    let errors: [Problem; 4] = [
        TableError::Cancelled(refused()).into(),
        TableError::Conflict { current: Some(Version(7)) }.into(),
        IdempotencyError::Refused(refused()).into(),
        IdempotencyError::Table(TableError::Cancelled(refused())).into(),
    ];
    for problem in errors {
        assert_eq!(problem.status(), 412, "{problem:?}");
    }
}

#[tokio::test]
async fn of_two_deletes_at_once_one_is_told_what_is_there() {
    let shop = Shop::new();
    person(&shop, "ada@shop.example").await;
    let users = Users::from_app(shop.app()).await.unwrap();
    let user = users.by_email(&Cx::detached(), &"ada@shop.example".parse().unwrap()).await.unwrap().unwrap();
    let (cx, other) = (Cx::detached(), Cx::detached());
    let (one, two) = tokio::join!(users.erase(&cx, &user, vec![]), users.erase(&other, &user, vec![]));
    let lost = [one, two].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(lost[..], [TableError::Conflict { current: Some(_) }]), "{lost:?}");
}
