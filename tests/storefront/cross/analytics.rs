//! Summaries and recommendations follow the orders.

use crate::helpers::{eventually, fixtures};
use serde_json::{Value, json};
use std::{path::Path, process::Command, time::Duration};
use tests::{aws::Aws, client::Visitor, cloud::Cloud};
use tokio::time::{Instant, sleep};

/// From the order to the sums: the relay, the queue's batching window and the worker.
const SOON: Duration = Duration::from_secs(20);

/// The item of counters under this key, once it is as it should be.
async fn counted(aws: &Aws, pk: &str, right: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + SOON;
    loop {
        let found = aws.partition("COUNTERS_TABLE", pk).await;
        if let Some(item) = found.iter().find(|item| right(item)) {
            return item.clone();
        }
        assert!(Instant::now() < end, "{pk} is {found:?} after {SOON:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn an_order_is_in_its_owners_summary_and_recommends_what_was_bought_together() {
    let (aws, person) = (Aws::connect().await, Visitor::new_person().await);
    let (tea, cup) = (fixtures::unlisted(&aws, 300).await, fixtures::unlisted(&aws, 900).await);
    for _ in 0..2 {
        person.visitor.order(&[(&tea, 2), (&cup, 1)], None).await.ok("an order", 201);
    }
    let summary = counted(&aws, &format!("summary#{}", person.id), |item| item["count"] == 2).await;
    assert_eq!(summary["total_cents"], 3_000);
    let list = counted(&aws, &format!("together#{tea}"), |item| item["partners"][0]["orders"] == 2).await;
    assert_eq!(list["partners"], json!([{"product_id": cup, "orders": 2}]));
    // An answer without recommendations is right, too, on a busy machine; the CDN keeps it for five
    // seconds.
    let page = format!("/api/products/{cup}");
    eventually(SOON, "an answer that lacks nothing", || async {
        Visitor::new().get(&page).await.ok("a product", 200)["degraded"] == json!([])
    })
    .await;
    let shown = Visitor::new().get(&page).await.ok("a product", 200);
    assert_eq!(shown["recommendations"][0]["id"], tea);
    assert_eq!(shown["recommendations"][0]["price_cents"], 300);
}

#[tokio::test]
async fn dead_letters_are_listed_with_their_reason_and_driven_back() {
    if Cloud::get().endpoint.is_none() {
        eprintln!("on AWS: dead letters are NOT driven back by a test");
        return;
    }
    let aws = Aws::connect().await;
    let poison = format!("poison {}", uuid::Uuid::new_v4());
    aws.send("ANALYTICS_QUEUE_URL", &poison, 1).await;
    let end = Instant::now() + SOON;
    while aws.backlog("ANALYTICS_DEAD_LETTERS_URL").await == 0 {
        assert!(Instant::now() < end, "the poison was not buried");
        sleep(Duration::from_millis(100)).await;
    }
    let said = ops(&["dlq"]);
    assert!(said.contains(&poison) && said.contains("poison: envelope"), "{said}");
    assert_eq!(aws.backlog("ANALYTICS_DEAD_LETTERS_URL").await, 1, "a look changes nothing");
    ops(&["redrive", "analytics", "--rate", "50"]);
    aws.drained("ANALYTICS_QUEUE_URL").await;
    assert_eq!(aws.backlog("ANALYTICS_DEAD_LETTERS_URL").await, 1, "it was poison, and is again");
}

/// What the command of the local cloud says.
fn ops(words: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new("python3");
    command.current_dir(root).args(["localstack/cloud.py", "ops", "--state", ".local/tests"]).args(words);
    let done = command.output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}{errors}");
    out.into_owned()
}
