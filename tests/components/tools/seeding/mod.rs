//! `make seed`: killed and started again, beside people who are there already.

use functions::routes::{catalog, sessions, users};
use seed::{Filled, PASSWORD, Plan};
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
    let names =
        ["Users", "Products", "Orders"].map(|name| (format!("{}_TABLE", name.to_uppercase()), tables.name(name)));
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

async fn seed(app: &App, plan: Plan) -> Result<Vec<Filled>, seed::Failure> {
    seed::run(app, plan, |_, _, _| ()).await
}

#[tokio::test]
async fn a_run_that_is_killed_goes_on_and_makes_the_same() {
    let (whole, in_parts) = (Tables::new(), Tables::new());
    let (app, wanted) = stack(&whole, usize::MAX);
    seed(&app, PLAN).await.unwrap();
    let wanted = wanted.lock().unwrap().clone();
    assert_eq!(wanted.len(), 2 * PLAN.users + PLAN.products + PLAN.orders);

    let mut written: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut deaths = 0;
    loop {
        let (app, now) = stack(&in_parts, 3);
        let outcome = seed(&app, PLAN).await;
        for (key, items) in now.lock().unwrap().iter() {
            written.entry(key.clone()).or_default().extend(items.clone());
        }
        match outcome {
            Ok(filled) => {
                println!("{deaths} deaths, then {filled:?}");
                break;
            }
            Err(_) => deaths += 1,
        }
    }
    assert!(deaths > 5, "{deaths} deaths");
    // What was under way when a run died is in the tables, but nobody heard of it; the rest was written once, and the same.
    let others: Vec<_> = written.iter().filter(|(key, items)| wanted.get(*key) != Some(items)).collect();
    assert!(others.is_empty() && written.len() > wanted.len() / 4, "{} of {}: {others:?}", written.len(), wanted.len());
    let filled = seed(&stack(&in_parts, 0).0, PLAN).await.unwrap();
    assert!(filled.iter().all(|all| all.written == 0), "all is there: {filled:?}");
}

#[tokio::test]
async fn a_second_run_finds_all_and_writes_nothing() {
    let tables = Tables::new();
    seed(&stack(&tables, usize::MAX).0, PLAN).await.unwrap();
    let filled = seed(&stack(&tables, 0).0, PLAN).await.unwrap();
    assert!(filled.len() == 3 && filled.iter().all(|all| all.written == 0), "{filled:?}");
    let more = seed(&stack(&tables, usize::MAX).0, Plan { users: 240, ..Plan::default() }).await.unwrap();
    assert_eq!(more[0].written, 10, "the ones that were missing");
}

#[tokio::test]
async fn orders_belong_to_accounts_and_add_up() {
    let tables = Tables::new();
    let (app, written) = stack(&tables, usize::MAX);
    seed(&app, PLAN).await.unwrap();
    let written = written.lock().unwrap();
    let of = |kind: &str| {
        let key = format!("\"{kind}#");
        written.values().map(|items| items[0].clone()).filter(move |item| item["pk"].to_string().starts_with(&key))
    };
    let prices: BTreeMap<_, _> =
        of("product").map(|p| (p["id"].to_string(), p["price_cents"].as_u64().unwrap())).collect();
    let accounts: BTreeSet<_> = of("user").filter(|u| u["sk"].is_null()).map(|u| u["id"].to_string()).collect();
    let guarded: BTreeSet<_> = of("email").map(|guard| guard["user"].to_string()).collect();
    assert_eq!(accounts, guarded, "an account has its guard");
    let orders: Vec<_> = of("user").filter(|order| !order["sk"].is_null()).collect();
    assert_eq!((orders.len(), accounts.len()), (PLAN.orders, PLAN.users));
    for order in orders {
        assert!(accounts.contains(&order["user_id"].to_string()), "{order}");
        let lines = order["items"].as_array().unwrap();
        let total: u64 =
            lines.iter().map(|l| prices[&l["product_id"].to_string()] * l["quantity"].as_u64().unwrap()).sum();
        assert_eq!(order["total_cents"].as_u64(), Some(total), "{order}");
        assert_eq!(lines.iter().map(|line| line["product_id"].to_string()).collect::<BTreeSet<_>>().len(), lines.len());
    }
}

#[tokio::test]
async fn a_seeded_account_can_sign_in_and_a_taken_address_stays_whose_it_is() {
    let shop = crate::routes::Shop::new();
    let taken = json!({ "name": "Eve", "email": "person-3@seed.invalid", "password": "correct horse" });
    let eve = shop.ask::<users::Create>("/api/users", &[], &taken).await.ok(201)["id"].clone();
    let filled = seed(shop.app(), Plan { users: 60, ..Plan::default() }).await.unwrap();
    assert_eq!(filled[0].written, 59);
    let sign_in = async |number: u32, password: &str| {
        let credentials = json!({ "email": format!("person-{number}@seed.invalid"), "password": password });
        shop.ask::<sessions::Create>("/api/sessions", &[], &credentials).await
    };
    sign_in(0, PASSWORD).await.ok(201);
    sign_in(59, PASSWORD).await.ok(201);
    assert_eq!(sign_in(3, PASSWORD).await.status, 401);
    assert_eq!(sign_in(3, "correct horse").await.ok(201)["user"]["id"], eve);
}

#[tokio::test]
async fn orders_without_people_are_refused() {
    let (app, _) = stack(&Tables::new(), 0);
    for plan in [Plan { orders: 1, users: 1, products: 0 }, Plan { orders: 1, users: 0, products: 1 }] {
        assert!(seed(&app, plan).await.unwrap_err().to_string().contains("--users"));
    }
    // A stack of which only the products are known can have products.
    let bare = App::new(Vars::from_pairs::<String, String>([]), Clock::system(), Tables::new().sdk());
    let error = seed(&bare, Plan { products: 1, ..Plan::default() }).await.unwrap_err();
    assert!(error.to_string().contains("PRODUCTS_TABLE"), "{error}");
}

#[tokio::test]
async fn a_lost_index_is_made_again_from_the_products() {
    let shop = crate::routes::Shop::new();
    seed(shop.app(), Plan { products: 120, ..Plan::default() }).await.unwrap();
    let find = async |limit: usize| {
        let path = format!("/api/search?q=assam&limit={limit}");
        shop.ask::<catalog::Search>(&path, &[], &Value::Null).await.ok(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(find(99).await, 0, "nothing has been indexed");
    let mut heard = Vec::new();
    assert_eq!(seed::reindex(shop.app(), |_, done, of| heard.push((done, of))).await.unwrap(), 120);
    assert_eq!((heard[0], heard[119]), ((1, 100), (120, 120)));
    assert_eq!(find(98).await, 2, "every 64th product is one");
    assert_eq!(seed::reindex(shop.app(), |_, _, _| ()).await.unwrap(), 120);
}
