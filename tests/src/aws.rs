//! The tables and queues behind the shop: for what no answer shows.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use crate::cloud::Cloud;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::{config::Credentials, types::AttributeValue};
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use serde_json::Value;
use std::{collections::HashMap, time::Duration};
use tokio::time::{Instant, sleep};

/// AWS, or what stands in for it. Connections belong to the test's runtime: each test connects for
/// itself.
#[derive(Debug)]
pub struct Aws {
    tables: aws_sdk_dynamodb::Client,
    queues: aws_sdk_sqs::Client,
}

impl Aws {
    /// With the stack's emulator and made-up credentials, or, on AWS, as the default chain says.
    pub async fn connect() -> Self {
        let http =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let mut config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http);
        if let Some(endpoint) = &Cloud::get().endpoint {
            let root = Credentials::new("test", "test", None, None, "the emulator's root");
            config = config.endpoint_url(endpoint).region(Region::new("us-east-1")).credentials_provider(root);
        }
        let config = config.load().await;
        Self { tables: aws_sdk_dynamodb::Client::new(&config), queues: aws_sdk_sqs::Client::new(&config) }
    }

    /// The item with this partition key, in a table without a sort key.
    pub async fn item(&self, table: &str, pk: &str) -> Option<Value> {
        let request = self.tables.get_item().table_name(Cloud::get().output(table)).consistent_read(true);
        let found = request.key("pk", AttributeValue::S(pk.into())).send().await.unwrap();
        found.item.map(|item| serde_dynamo::from_item(item).unwrap())
    }

    /// All items of one partition, as they are now.
    pub async fn partition(&self, table: &str, pk: &str) -> Vec<Value> {
        let request = self.tables.query().table_name(Cloud::get().output(table)).consistent_read(true);
        let request = request.key_condition_expression("pk = :pk");
        let found = request.expression_attribute_values(":pk", AttributeValue::S(pk.into())).send().await.unwrap();
        assert!(found.last_evaluated_key.is_none(), "{pk} has more items than a test makes");
        serde_dynamo::from_items(found.items.unwrap_or_default()).unwrap()
    }

    /// Writes an item as it is.
    pub async fn put(&self, table: &str, item: &Value) {
        let item: HashMap<String, AttributeValue> = serde_dynamo::to_item(item).unwrap();
        let request = self.tables.put_item().table_name(Cloud::get().output(table));
        request.set_item(Some(item)).send().await.unwrap();
    }

    /// Puts the same body on a queue, so many times (ten at most).
    pub async fn send(&self, queue: &str, body: &str, times: usize) {
        let entry =
            |i: usize| SendMessageBatchRequestEntry::builder().id(i.to_string()).message_body(body).build().unwrap();
        let request = self.queues.send_message_batch().queue_url(Cloud::get().output(queue));
        let sent = request.set_entries(Some((0..times).map(entry).collect())).send().await.unwrap();
        assert_eq!(sent.successful.len(), times, "{:?}", sent.failed);
    }

    /// How many messages a queue holds, those that are being worked on included.
    pub async fn backlog(&self, queue: &str) -> usize {
        let request = self.queues.get_queue_attributes().queue_url(Cloud::get().output(queue));
        let answer = request.attribute_names(QueueAttributeName::All).send().await.unwrap();
        let held = answer.attributes.unwrap_or_default();
        let count = |name: QueueAttributeName| held.get(&name).map_or(0, |n| n.parse::<usize>().unwrap());
        count(QueueAttributeName::ApproximateNumberOfMessages)
            + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            + count(QueueAttributeName::ApproximateNumberOfMessagesDelayed)
    }

    /// Waits until a queue is empty.
    pub async fn drained(&self, queue: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        while self.backlog(queue).await > 0 {
            assert!(Instant::now() < end, "{queue} is not empty after 30 s");
            sleep(Duration::from_millis(100)).await;
        }
    }
}
