//! Changed values leave L2 and the CDN: over HTTP, at CloudFront, and by the workers that read the
//! changes.

mod cloudfront;
mod http;
mod invalidation_costs;
mod order;
mod outage;
mod worker;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use functions::{
    accounts::photos::PhotoRemover,
    workers::{Forget, RelayProducts},
};
use serde_json::{Value, json};
use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    config::{ConfigError, Vars},
    edge::{Purger, Tag},
    lambda::{BatchConsumer, Relayer},
    queue::Inbox,
};
use std::{sync::Arc, time::Duration};
use tests::{origin::Origin, sqs::Queues};

const START: i64 = 1_700_000_000_000;
const TIME: Duration = Duration::from_secs(30);
/// As many messages as the template hands to the worker at a time.
const BATCH: usize = 1_000;

/// Settings of the SDK that lead to `url`.
fn sdk(url: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests")))
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

fn purger(url: &str, vars: &[(&str, &str)]) -> Result<Purger, ConfigError> {
    Purger::from_vars(&sdk(url), &Vars::from_pairs(vars.iter().copied()))
}

/// As many tags as an import may name: each as long as one with a UUID.
fn tags(count: usize) -> Vec<Tag> {
    (0..count).map(|n| Tag::new("thing", format!("{n:036}"))).collect()
}

fn id(n: usize) -> String {
    format!("019a0000-0000-7000-8000-{n:012}")
}

fn product(n: usize, category: &str, version: usize) -> Value {
    json!({"pk": {"S": format!("product#{}", id(n))}, "id": {"S": id(n)}, "category": {"S": category}, "version": {"N": version.to_string()}})
}

fn record(name: &str, pk: &str, old: &Value, new: &Value) -> Value {
    json!({"awsRegion": "eu-central-1", "eventID": "1", "eventName": name, "dynamodb": {
        "ApproximateCreationDateTime": START / 1000, "Keys": {"pk": {"S": pk}}, "OldImage": old, "NewImage": new,
        "SequenceNumber": "1", "SizeBytes": 1,
    }})
}

fn changed(n: usize, version: usize) -> Value {
    record("MODIFY", &format!("product#{}", id(n)), &product(n, "tea", version - 1), &product(n, "tea", version))
}

/// From the products table's stream to L2 and the CDN: the relay, the queue and the worker.
struct Way {
    clock: Clock,
    queues: Arc<Queues>,
    relay: Relayer<RelayProducts>,
    worker: BatchConsumer<Forget>,
}

impl Way {
    /// To a CDN that takes `PURGE`, without L2.
    async fn to(origin: &Origin) -> Self {
        Self::with(purger("http://nobody.invalid", &[("PURGE_URL", &origin.url())]).unwrap(), None).await
    }

    async fn with(purger: Purger, l2: Option<String>) -> Self {
        let clock = Clock::manual(START);
        let queues = Queues::new(&clock);
        let url = |name: &str| format!("http://in.process/{name}");
        let vars = [("FORGET_QUEUE_URL", url("forget")), ("INDEX_QUEUE_URL", url("index"))];
        let l2 = l2.map(|url| ("CACHE_URL", url));
        let more = [("RELAY_DLQ_URL", url("relay-dlq")), ("MEDIA_BUCKET", "media".to_owned())];
        let vars = vars.into_iter().chain(more).chain(l2);
        let app = App::new(Vars::from_pairs(vars), clock.clone(), queues.sdk());
        let relay = Relayer::from_app(&app).unwrap();
        let inbox = Inbox::new(&queues.sdk(), url("forget"), Some(url("forget-dlq")));
        let pictures = PhotoRemover::from_app(&app).await.unwrap();
        let state = (Arc::from_app(&app).await.unwrap(), purger, pictures);
        let worker = BatchConsumer::new(state, clock.clone(), Some(inbox));
        Self { clock, queues, relay, worker }
    }

    async fn relay(&self, records: &[Value]) {
        let event = serde_json::from_value(json!({"Records": records})).unwrap();
        let answer = serde_json::to_value(self.relay.batch("request", TIME, event).await).unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }

    fn receive(&self) -> Option<Value> {
        self.queues.receive_up_to(BATCH, "forget", |_| 0)
    }

    /// Hands a batch to the worker; how many come back.
    async fn hand(&self, event: Value) -> usize {
        let batch = serde_json::from_value(event.clone()).unwrap();
        let answer = serde_json::to_value(self.worker.batch("request", TIME, batch).await).unwrap();
        self.queues.settle("forget", &event, &answer);
        answer["batchItemFailures"].as_array().unwrap().len()
    }

    /// Hands what is visible to the worker; how many come back.
    async fn work(&self) -> usize {
        match self.receive() {
            Some(event) => self.hand(event).await,
            None => 0,
        }
    }

    /// How many messages there are, dead ones too.
    fn left(&self) -> (usize, usize) {
        (self.queues.messages("forget").len(), self.queues.messages("forget-dlq").len())
    }
}

fn purged(origin: &Origin) -> Vec<String> {
    origin.asked().iter().map(|asked| asked.header("xkey")[0].to_owned()).collect()
}

/// What stands in each `<name>` of a call to CloudFront.
fn each<'a>(asked: &'a tests::origin::Asked, name: &str) -> Vec<&'a str> {
    let open = format!("<{name}>");
    asked.body.split(open.as_str()).skip(1).map(|rest| rest.split('<').next().unwrap()).collect()
}
