//! The proxy in front of DynamoDB.

mod errors;
mod silence;

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
