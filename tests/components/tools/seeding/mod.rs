//! `make seed`: killed and started again, beside people who are there already.

mod results;
mod runs;

use functions::routes::{catalog, sessions, users};
use ops::{
    reindex::reindex,
    seed::{self, Filled, PASSWORD, Plan},
};
use serde_json::{Value, json};
use shared::{app::App, clock::Clock, config::Vars};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};
use tests::{
    dynamo::Tables,
    fault_injector::{Call, FaultInjector, Rule},
};

const PLAN: Plan = Plan { users: 230, products: 120, orders: 310 };

/// What was written, by table and key, and how often.
type Written = Arc<Mutex<BTreeMap<String, Vec<Value>>>>;

/// A stack, and what is written to it, until `writes` calls were made: then the run dies.
fn stack(tables: &Tables, writes: usize) -> (App, Written) {
    let (sdk, written, made) = (tables.sdk(), Written::default(), Mutex::new(0));
    let notes = Arc::clone(&written);
    let decide = move |call: &Call| {
        let items = items_of(call);
        if items.is_empty() {
            return Rule::Pass;
        }
        let mut made = made.lock().unwrap();
        *made += 1;
        if *made > writes {
            return Rule::refuse(400, "ValidationException");
        }
        let notes = Arc::clone(&notes);
        Rule::Then(Box::new(move || {
            for (key, item) in items {
                notes.lock().unwrap().entry(key).or_default().push(item);
            }
        }))
    };
    let network = sdk.http_client().unwrap();
    let sdk = sdk.into_builder().http_client(FaultInjector::new(network, Arc::new(decide))).build();
    let names = ["Users", "Products", "Orders"].map(|table| tables.variable(table));
    (App::new(Vars::from_pairs(names), Clock::system(), sdk), written)
}

/// The items that a call writes, by kind of table and key.
fn items_of(call: &Call) -> Vec<(String, Value)> {
    let plain = |item: &Value| {
        let item: serde_dynamo::Item = serde_json::from_value(item.clone()).unwrap();
        let item: Value = serde_dynamo::from_item(item).unwrap();
        (format!("{}/{}", item["pk"], item["sk"]), item)
    };
    match call.operation.as_str() {
        "BatchWriteItem" => {
            let tables = call.body["RequestItems"].as_object().unwrap().values();
            tables.flat_map(|all| all.as_array().unwrap()).map(|put| plain(&put["PutRequest"]["Item"])).collect()
        }
        "TransactWriteItems" => {
            let all = call.body["TransactItems"].as_array().unwrap().iter();
            all.map(|put| plain(&put["Put"]["Item"])).collect()
        }
        _ => Vec::new(),
    }
}

async fn seed(app: &App, plan: Plan) -> Result<Vec<Filled>, ops::Failure> {
    seed::fill(app, plan, |_, _, _| ()).await
}
