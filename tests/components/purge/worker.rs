//! From the products table's stream to the CDN.

use super::purger;
use functions::workers::{Purge, RelayProducts};
use serde_json::{Value, json};
use shared::{
    app::App,
    clock::Clock,
    config::Vars,
    lambda::{BatchConsumer, Relayer},
    queue::Inbox,
};
use std::{sync::Arc, time::Duration};
use tests::{
    origin::{Origin, Told},
    queues::Queues,
};

const START: i64 = 1_700_000_000_000;
const TIME: Duration = Duration::from_secs(30);

fn id(n: usize) -> String {
    format!("019a0000-0000-7000-8000-{n:012}")
}

fn product(n: usize, category: &str, version: usize) -> Value {
    json!({"pk": {"S": format!("product#{}", id(n))}, "id": {"S": id(n)}, "category": {"S": category}, "version": {"N": version.to_string()}})
}

fn record(name: &str, pk: &str, old: &Value, new: &Value) -> Value {
    json!({"awsRegion": "eu-central-1", "eventID": "1", "eventName": name, "dynamodb": {
        "ApproximateCreationDateTime": 1_700_000_000.0, "Keys": {"pk": {"S": pk}}, "OldImage": old, "NewImage": new,
        "SequenceNumber": "1", "SizeBytes": 1,
    }})
}

fn changed(n: usize, version: usize) -> Value {
    record("MODIFY", &format!("product#{}", id(n)), &product(n, "tea", version - 1), &product(n, "tea", version))
}

/// The stream's relay, the queue and the worker, with a CDN.
struct Way {
    clock: Clock,
    queues: Arc<Queues>,
    relay: Relayer<RelayProducts>,
    worker: BatchConsumer<Purge>,
}

impl Way {
    fn to(origin: &Origin) -> Self {
        let clock = Clock::manual(START);
        let queues = Queues::new(&clock);
        let url = |name: &str| format!("http://in.process/{name}");
        let others = [("FORGET_QUEUE_URL", url("forget")), ("INDEX_QUEUE_URL", url("index"))];
        let vars = [("PURGE_QUEUE_URL", url("purge")), ("RELAY_DLQ_URL", url("relay-dlq"))];
        let vars = Vars::from_pairs(vars.into_iter().chain(others));
        let relay = Relayer::from_app(&App::new(vars, clock.clone(), queues.sdk())).unwrap();
        let inbox = Inbox::new(&queues.sdk(), url("purge"), Some(url("purge-dlq")));
        let purger = purger("http://nobody.invalid", &[("PURGE_URL", &origin.url())]).unwrap();
        let worker = BatchConsumer::new(purger, clock.clone(), Some(inbox));
        Self { clock, queues, relay, worker }
    }

    async fn relay(&self, records: &[Value]) {
        let event = serde_json::from_value(json!({"Records": records})).unwrap();
        let answer = serde_json::to_value(self.relay.batch("request", TIME, event).await).unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }

    /// Hands what is visible to the worker; how many come back.
    async fn work(&self) -> usize {
        let Some(event) = self.queues.receive("purge", |_| 0) else { return 0 };
        let batch = serde_json::from_value(event.clone()).unwrap();
        let answer = serde_json::to_value(self.worker.batch("request", TIME, batch).await).unwrap();
        self.queues.settle("purge", &event, &answer);
        answer["batchItemFailures"].as_array().unwrap().len()
    }
}

fn purged(origin: &Origin) -> Vec<String> {
    origin.asked().iter().map(|asked| asked.header("xkey")[0].to_owned()).collect()
}

#[tokio::test]
async fn changes_of_one_batch_are_one_call_that_names_their_lists_once() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin);
    way.relay(&[changed(1, 2), changed(2, 2), changed(1, 3)]).await;
    assert_eq!(way.work().await, 0);
    assert_eq!(purged(&origin), [format!("long-all long-tea product-{} product-{}", id(1), id(2))]);
}

#[tokio::test]
async fn a_product_that_comes_moves_or_goes_outdates_what_shows_it_or_has_to() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin);
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
    let way = Way::to(&origin);
    for _ in 0..2 {
        way.relay(&[changed(1, 2)]).await;
        assert_eq!(way.work().await, 0);
    }
    let all = purged(&origin);
    assert_eq!((all.len(), &all[0]), (2, &all[1]));
    assert!(way.queues.messages("purge").is_empty() && way.queues.messages("purge-dlq").is_empty());
}

#[tokio::test]
async fn while_the_cdn_is_gone_events_wait_and_none_is_lost() {
    let origin = Origin::start(|n, _| Told::status(if n < 6 { 503 } else { 200 }));
    let way = Way::to(&origin);
    way.relay(&[changed(1, 2), changed(2, 2)]).await;
    for _ in 0..2 {
        assert_eq!(way.work().await, 2, "three tries, and both go back");
        way.clock.advance(Duration::from_hours(1));
    }
    assert_eq!(way.work().await, 0);
    assert_eq!(purged(&origin).last(), purged(&origin).first());
    assert!(way.queues.messages("purge").is_empty() && way.queues.messages("purge-dlq").is_empty());
}

#[tokio::test]
async fn poison_keeps_nobody_from_being_purged() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin);
    way.queues.push("purge", "{");
    way.relay(&[changed(1, 2)]).await;
    assert_eq!(way.work().await, 0);
    assert_eq!(purged(&origin).len(), 1);
    assert_eq!(way.queues.messages("purge-dlq").len(), 1);
}

#[tokio::test]
async fn a_key_that_is_no_products_is_no_event_and_one_that_cannot_be_read_is_a_dead_letter() {
    let origin = Origin::start(|_, _| Told::status(200));
    let way = Way::to(&origin);
    let guard = json!({"pk": {"S": "name#tea"}, "version": {"N": "1"}});
    let odd = json!({"pk": {"S": "product#42"}, "version": {"N": "1"}});
    let records =
        [record("INSERT", "name#tea", &Value::Null, &guard), record("INSERT", "product#42", &Value::Null, &odd)];
    way.relay(&records).await;
    assert!(way.queues.messages("purge").is_empty());
    let letters = way.queues.messages("relay-dlq");
    assert!(letters.len() == 1 && letters[0].body.contains("the key: "), "{letters:?}");
}
