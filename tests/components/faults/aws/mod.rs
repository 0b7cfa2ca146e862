//! In front of DynamoDB.

use super::timed;
use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{DisplayErrorContext, ProvideErrorMetadata},
    types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest},
};
use faults::{ANY_PORT, Fault, Faults, Rule};
use std::{collections::HashMap, time::Duration};
use tests::dynamo::Tables;

const PATIENCE: Duration = Duration::from_millis(600);

struct World {
    tables: Tables,
    faults: Faults,
    client: Client,
}

impl World {
    /// A client that tries once and waits for [`PATIENCE`].
    fn new() -> Self {
        let (tables, faults) = (Tables::new(), Faults::start(7).unwrap());
        let sdk = tables.sdk();
        let upstream = sdk.endpoint_url().unwrap().trim_start_matches("http://").parse().unwrap();
        let proxy = faults.aws(ANY_PORT, upstream).unwrap();
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(PATIENCE).build();
        let config = aws_sdk_dynamodb::config::Builder::from(&sdk)
            .endpoint_url(format!("http://{proxy}"))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        Self { tables, faults, client: Client::from_conf(config.build()) }
    }

    fn table(&self) -> String {
        self.tables.name("Sessions")
    }

    async fn put(&self, pk: &str) -> Result<(), String> {
        let request = self.client.put_item().table_name(self.table()).set_item(Some(item(pk)));
        request.send().await.map(drop).map_err(|e| format!("{:?} {}", e.code(), DisplayErrorContext(&e)))
    }

    /// Whether the item is there; the error's code, or what else went wrong.
    async fn get(&self, pk: &str) -> Result<bool, String> {
        let request = self.client.get_item().table_name(self.table()).set_key(Some(item(pk)));
        let found = request.consistent_read(true).send().await;
        let said = |e: aws_sdk_dynamodb::error::SdkError<_, _>| match ProvideErrorMetadata::code(&e) {
            Some(code) => code.to_owned(),
            None => DisplayErrorContext(&e).to_string(),
        };
        found.map(|found| found.item.is_some()).map_err(said)
    }

    fn fault(&self, rule: Rule) {
        self.faults.set("fault", rule);
    }
}

fn item(pk: &str) -> HashMap<String, AttributeValue> {
    [("pk", pk), ("sk", "x")].map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into()
}

#[tokio::test]
async fn what_nothing_strikes_goes_through_and_is_counted() {
    let world = World::new();
    world.put("a").await.unwrap();
    world.fault(Rule::new(Fault::Hang).service("sqs"));
    for _ in 0..20 {
        assert_eq!(world.get("a").await, Ok(true));
    }
    assert_eq!(world.get("b").await, Ok(false));
    let count = world.faults.count("dynamodb", "GetItem");
    assert_eq!((count.calls, count.struck), (21, 0));
}

#[tokio::test]
async fn down_fails_at_once_and_hang_after_all_patience() {
    let world = World::new();
    world.put("a").await.unwrap();
    for (fault, slow) in [(Fault::Down, false), (Fault::Hang, true)] {
        world.fault(Rule::new(fault.clone()).service("dynamodb"));
        let (took, failed) = timed(world.put("b")).await;
        assert!(failed.is_err() && (took >= PATIENCE) == slow, "{fault:?}: {failed:?} after {took:?}");
        world.faults.clear("fault");
        assert_eq!((world.get("a").await, world.get("b").await), (Ok(true), Ok(false)), "{fault:?}");
    }
}

#[tokio::test]
async fn down_and_hang_strike_one_operation_or_one_table_when_told_to() {
    let world = World::new();
    for rule in [
        Rule::new(Fault::Down).operation("PutItem"),
        Rule::new(Fault::Down).resource("\"b\""),
        Rule::new(Fault::Hang).operation("PutItem").resource("-sessions"),
    ] {
        world.fault(rule.clone());
        assert!(world.put("b").await.is_err(), "{rule:?}");
        assert_eq!(world.get("a").await, Ok(false), "{rule:?}");
    }
}

#[tokio::test]
async fn half_open_is_silent_on_old_connections_only() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::HalfOpen));
    let (took, silent) = timed(world.get("a")).await;
    assert!(silent.is_err() && took >= PATIENCE, "{silent:?} after {took:?}");
    assert_eq!(world.get("a").await, Ok(false), "a new connection is served, with the rule in place");
}

#[tokio::test]
async fn what_is_slow_is_done_although_nobody_waits_for_it() {
    let world = World::new();
    world.fault(Rule::new(Fault::delay(200)).operation("PutItem"));
    let (took, put) = timed(world.put("a")).await;
    assert!(put.is_ok() && took >= Duration::from_millis(200), "{put:?} after {took:?}");
    world.fault(Rule::new(Fault::delay(900)).operation("PutItem"));
    assert!(world.put("b").await.is_err(), "the client has given up");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while world.get("b").await != Ok(true) {
        assert!(tokio::time::Instant::now() < deadline, "what was sent is never done");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_error_says_whether_the_work_was_done() {
    let world = World::new();
    for (prevent_execution, key) in [(true, "a"), (false, "b")] {
        let code = Some("InternalServerError".to_owned());
        world.fault(Rule::new(Fault::Error { code, status_code: None, prevent_execution }).operation("PutItem"));
        let failed = world.put(key).await.unwrap_err();
        assert!(failed.contains("InternalServerError"), "{failed}");
        assert_eq!(world.get(key).await, Ok(!prevent_execution));
    }
    world.fault(Rule::new(Fault::LostAnswer).operation("PutItem"));
    let (took, lost) = timed(world.put("c")).await;
    assert!(lost.is_err() && took < PATIENCE, "{lost:?} after {took:?}");
    assert_eq!(world.get("c").await, Ok(true));
}

#[tokio::test]
async fn answers_of_others_arrive_as_they_are_given() {
    let world = World::new();
    world.put("a").await.unwrap();
    world.fault(Rule::new(Fault::Throttle));
    assert_eq!(world.get("a").await, Err("ProvisionedThroughputExceededException".to_owned()));
    world.fault(Rule::new(Fault::HttpResponse {
        status_code: 200,
        content_type: "application/x-amz-json-1.0".into(),
        body: r#"{"Item":{"pk":{"S":"made up"}}}"#.into(),
        prevent_execution: true,
    }));
    assert_eq!(world.get("b").await, Ok(true));
    world.fault(Rule::new(Fault::Nonsense));
    assert_eq!(world.get("a").await, Ok(false), "an answer that says nothing of an item");
    world.fault(Rule::new(Fault::Garbage));
    let (took, garbage) = timed(world.get("a")).await;
    assert!(garbage.is_err() && took < PATIENCE, "{garbage:?} after {took:?}");
    world.faults.clear_all();
    assert_eq!(world.get("a").await, Ok(true));
}

#[tokio::test]
async fn a_part_of_a_batch_is_named_and_not_done() {
    let world = World::new();
    world.fault(Rule::new(Fault::PartialBatch { share: 40 }));
    let keys: Vec<_> = (0..10).map(|n| item(&format!("key{n}"))).collect();
    let write = |key: &HashMap<String, AttributeValue>| {
        let put = PutRequest::builder().set_item(Some(key.clone())).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let request = world.client.batch_write_item().request_items(world.table(), keys.iter().map(write).collect());
    let answer = request.send().await.unwrap();
    let unwritten = answer.unprocessed_items.unwrap_or_default().remove(&world.table()).unwrap_or_default();
    assert!((1..10).contains(&unwritten.len()), "{unwritten:?}");

    let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().unwrap();
    let answer = world.client.batch_get_item().request_items(world.table(), wanted).send().await.unwrap();
    let unread = answer.unprocessed_keys.unwrap_or_default().remove(&world.table()).unwrap();
    assert!((1..10).contains(&unread.keys.len()) && unread.consistent_read == Some(true), "{unread:?}");

    world.faults.clear_all();
    let mut there = 0;
    for n in 0..10 {
        there += usize::from(world.get(&format!("key{n}")).await.unwrap());
    }
    assert_eq!(there, 10 - unwritten.len(), "what is named was not done, the rest was");
}
