//! The bill for a night in which every price changes: CloudFront charges for each tag of each
//! invalidation.

use super::{Way, changed, cloudfront::told, each, purger};
use functions::{
    catalog::search::Indexer,
    workers::{Index, RelayProducts},
};
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use shared::{
    app::{App, FromApp as _},
    config::Vars,
    lambda::{BatchConsumer, Relayer},
};
use std::sync::Arc;
use tests::{dynamo::Tables, origin::Origin, sqs::Queues};

const PRODUCTS: usize = 10_000;

fn billed(origin: &Origin) -> Vec<String> {
    origin.asked().iter().flat_map(|asked| each(asked, "Path").into_iter().map(str::to_owned)).collect()
}

#[tokio::test]
async fn ten_thousand_new_prices_are_a_family_a_batch_and_not_a_tag_a_product() {
    let origin = Origin::start(|_, _| told(201, ""));
    let way = Way::with(purger(&origin.url(), &[("PURGE_DISTRIBUTION", "E1EXAMPLE")]).unwrap(), None).await;
    let records: Vec<_> = (0..PRODUCTS).map(|n| changed(n, 2)).collect();
    for records in records.chunks(100) {
        way.relay(records).await;
    }
    let batches: Vec<_> = std::iter::from_fn(|| way.receive()).collect();
    // A few at a time: a call may take three seconds, also on a busy machine.
    let hands: Vec<_> = batches.into_iter().map(|batch| way.hand(batch)).collect();
    let back: Vec<_> = stream::iter(hands).buffered(4).collect().await;
    assert_eq!((back.iter().sum::<usize>(), way.left()), (0, (0, 0)));
    let billed = billed(&origin);
    println!("{PRODUCTS} changes: {} paid tags", billed.len());
    assert_eq!(billed, vec!["#products"; PRODUCTS / super::BATCH]);
}

#[tokio::test]
async fn a_batch_of_the_index_purges_all_searches_once() {
    let (origin, tables) = (Origin::start(|_, _| told(201, "")), Tables::new());
    let clock = shared::clock::Clock::manual(super::START);
    let queues = Queues::new(&clock);
    let url = |name: &str| format!("http://in.process/{name}");
    let vars = [("FORGET_QUEUE_URL", url("forget")), ("INDEX_QUEUE_URL", url("index"))];
    let vars = Vars::from_pairs(vars.into_iter().chain([("RELAY_DLQ_URL", url("relay-dlq"))]));
    let relay = Relayer::<RelayProducts>::from_app(&App::new(vars, clock.clone(), queues.sdk())).unwrap();
    let records: Vec<_> = (0..100).map(|n| changed(n, 2)).collect();
    let event = serde_json::from_value(json!({"Records": records})).unwrap();
    relay.batch("request", super::TIME, event).await;

    let named = ["Products", "Search"].map(|table| tables.variable(table));
    let app = App::new(Vars::from_pairs(named), clock.clone(), tables.sdk());
    let purger = purger(&origin.url(), &[("PURGE_DISTRIBUTION", "E1EXAMPLE")]).unwrap();
    let state = (Indexer::from_app(&app).await.unwrap(), (Arc::from_app(&app).await.unwrap(), purger));
    let worker = BatchConsumer::<Index>::new(state, clock, None);
    let event = queues.receive_up_to(100, "index", |_| 0).unwrap();
    let batch = serde_json::from_value(event).unwrap();
    let answer = worker.batch("request", super::TIME, batch).await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(billed(&origin), ["#search"]);
}
