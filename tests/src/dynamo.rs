//! DynamoDB in the test process: one server a process, tables of its own for each test.
//!
//! The key schemas are read from the template, so that a test cannot pass on a table that AWS would
//! not have.

use crate::{
    cloud::capitals,
    direct,
    fault_injector::{Call, FaultInjector, Rule},
};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Builder, Credentials, SharedCredentialsProvider, timeout::TimeoutConfig};
use dynoxide::Database;
use serde_json::{Value, json};
use shared::table::{Client, Item, Shards, Table};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

const TEMPLATE: &str = include_str!("../../infra/data.yaml");

/// The tables of one test, empty. Other tests see others; a clone sees the same.
#[derive(Debug, Clone)]
pub struct Tables {
    prefix: String,
    address: SocketAddr,
}

impl Tables {
    /// New tables.
    ///
    /// # Panics
    /// When the server cannot be started, or refuses a schema of the template.
    pub fn new() -> Self {
        static TESTS: AtomicU32 = AtomicU32::new(0);
        let (database, address) = server();
        let prefix = format!("test{}", TESTS.fetch_add(1, Ordering::Relaxed));
        for (resource, mut schema) in schemas(TEMPLATE) {
            schema["TableName"] = name(&prefix, &resource).into();
            let request = serde_json::from_value(schema).expect("a schema that DynamoDB takes");
            database.create_table(request).expect("a new table");
        }
        Self { prefix, address: *address }
    }

    /// The physical name of the table that the template calls `resource`: `Products`.
    pub fn name(&self, resource: &str) -> String {
        name(&self.prefix, resource)
    }

    /// The variable that gives functions the name of this table, as the template's outputs have it,
    /// and its value.
    ///
    /// # Panics
    /// If the template has no output for the table.
    pub fn variable(&self, resource: &str) -> (String, String) {
        let output = |line: &str| Some(line.strip_suffix(&format!(": {{Value: !Ref {resource}}}"))?.trim().to_owned());
        let output = TEMPLATE.lines().find_map(output).expect("an output with the table's name");
        (capitals(&output), self.name(resource))
    }

    /// Settings of the SDK that lead to these tables. The region is the test's own: the SDK has one
    /// budget of retries a process and region, and a test in which everything fails would use up
    /// that of the others.
    pub fn sdk(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.prefix.clone()))
            .endpoint_url(format!("http://{}", self.address))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "tests")))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build()
    }

    /// The same tables without a socket between: for tests whose clock stands still.
    ///
    /// # Panics
    /// Never: what leads to a service has a client.
    pub fn sdk_in_process(&self) -> SdkConfig {
        let network = crate::in_process::sdk(Arc::new(|operation, body| direct::answer(&server().0, operation, body)));
        self.sdk().into_builder().http_client(network.http_client().expect("it has one")).build()
    }

    /// A client, strict about reads in a loop, and patient: how slow the machine is says nothing.
    /// It takes no `Scan`.
    pub fn client(&self) -> Client {
        let patient = |settings: Builder| settings.timeout_config(TimeoutConfig::disabled());
        through(&self.sdk(), |_| Rule::Pass, patient).patient(Duration::from_mins(1))
    }

    /// A client behind a network that does what `rule` says, with the timeouts that it has on AWS.
    pub fn client_through(&self, rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Client {
        through(&self.sdk(), rule, |settings| settings)
    }

    /// The same without a socket between: for tests whose clock stands still.
    pub fn client_in_process(&self, rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Client {
        through(&self.sdk_in_process(), rule, |settings| settings)
    }

    /// The table that the template calls `resource`.
    pub fn table<I: Item>(&self, client: &Client, resource: &str, shards: Shards) -> Table<I> {
        Table::new(client, self.name(resource), shards)
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self::new()
    }
}

fn through(
    sdk: &SdkConfig,
    rule: impl Fn(&Call) -> Rule + Send + Sync + 'static,
    change: impl FnOnce(Builder) -> Builder,
) -> Client {
    let network = sdk.http_client().expect("an HTTP client");
    Client::with(sdk, |settings| change(settings.http_client(FaultInjector::new(network, Arc::new(rule))))).strict()
}

fn name(prefix: &str, resource: &str) -> String {
    format!("{prefix}-{}", resource.to_lowercase())
}

/// The server of this process. It has a thread and a runtime of its own: those of a test end with
/// the test.
fn server() -> &'static (Database, SocketAddr) {
    static SERVER: OnceLock<(Database, SocketAddr)> = OnceLock::new();
    SERVER.get_or_init(|| {
        let database = Database::memory().expect("a database in memory");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket for tokio");
        let address = listener.local_addr().expect("a bound socket");
        let served = database.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                dynoxide::server::serve_with_shutdown(listener, served, std::future::pending()).await
            })
        });
        (database, address)
    })
}

/// The tables of a template, as requests to create them, by resource. It reads the two-space,
/// flow-style YAML in which the template is written, and nothing else.
fn schemas(template: &str) -> BTreeMap<String, Value> {
    let mut tables = BTreeMap::new();
    let mut resource = String::new();
    for line in template.lines() {
        if let Some(name) = line.strip_prefix("  ").and_then(|l| l.strip_suffix(':')).filter(|n| !n.starts_with(' ')) {
            name.clone_into(&mut resource);
        }
        if line.trim() == "Type: AWS::DynamoDB::Table" {
            let empty = json!({"BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [], "KeySchema": []});
            tables.insert(resource.clone(), empty);
        }
        let Some(table) = tables.get_mut(&resource) else { continue };
        let fields: BTreeMap<_, _> = line
            .trim()
            .trim_start_matches("- ")
            .trim_start_matches("Projection: ")
            .trim_matches(['{', '}'])
            .split(", ")
            .filter_map(|field| field.split_once(": "))
            .collect();
        if fields.contains_key("AttributeType") {
            push(&mut table["AttributeDefinitions"], json!(fields));
        } else if let Some(index) = fields.get("IndexName") {
            if table["GlobalSecondaryIndexes"].is_null() {
                table["GlobalSecondaryIndexes"] = json!([]);
            }
            push(&mut table["GlobalSecondaryIndexes"], json!({"IndexName": index, "KeySchema": []}));
        } else if fields.contains_key("KeyType") {
            match table["GlobalSecondaryIndexes"].as_array_mut().and_then(|all| all.last_mut()) {
                Some(index) => push(&mut index["KeySchema"], json!(fields)),
                None => push(&mut table["KeySchema"], json!(fields)),
            }
        } else if fields.contains_key("ProjectionType")
            && let Some(index) = table["GlobalSecondaryIndexes"].as_array_mut().and_then(|all| all.last_mut())
        {
            index["Projection"] = json!(fields);
        }
    }
    tables
}

fn push(list: &mut Value, value: Value) {
    if let Some(list) = list.as_array_mut() {
        list.push(value);
    }
}
