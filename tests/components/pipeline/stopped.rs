//! Orders are taken while everything that follows them stands still.

use super::{Pipeline, SHARDS};
use crate::{
    helpers::START,
    routes::{Shop, person},
};
use functions::{
    accounts::users::{StoredUser, User, Users},
    ids::OrderId,
    orders::Order,
    routes::orders,
};
use serde_json::{Value, json};
use shared::{
    app::FromApp as _,
    clock::Clock,
    context::Cx,
    lambda::Ready,
    table::{Consistency, Shards, Table},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tests::{
    fault_injector::Rule,
    ses::Mailbox,
    sqs::{Fault, Queues},
};

const ORDERS: usize = 50;
const EMAIL: &str = "ada@shop.example";
/// A session and its person's epoch, the products, the order. Nothing else is asked of AWS before
/// an order is answered, so nothing else can make it wait.
const CALLS: [&str; 4] = ["GetItem", "GetItem", "BatchGetItem", "TransactWriteItems"];

/// Places orders one after the other: their ids, and the time that half of them took at most.
async fn place(
    shop: &Shop,
    environment: &Ready<orders::CreateOrder>,
    token: &str,
    lines: &Value,
) -> (Vec<OrderId>, Duration) {
    let (mut ids, mut took) = (Vec::new(), Vec::new());
    for _ in 0..ORDERS {
        let key = OrderId::generate().to_string();
        let headers = [("authorization", token), ("idempotency-key", key.as_str())];
        let start = Instant::now();
        let placed = shop.ask_in::<orders::CreateOrder>(environment, "/api/orders", &headers, lines).await;
        took.push(start.elapsed());
        ids.push(placed.ok(201)["id"].as_str().unwrap().parse().unwrap());
    }
    took.sort_unstable();
    (ids, took[ORDERS / 2])
}

/// The address is confirmed: whose is not, gets no mail about orders.
async fn confirm(shop: &Shop) -> User {
    let user = Users::from_app(shop.app()).await.unwrap().by_email(&Cx::detached(), &EMAIL.parse().unwrap()).await;
    let user = User { email_verified: true, ..user.unwrap().unwrap() };
    let users: Table<StoredUser> = shop.tables().table(&shop.tables().client(), "Users", Shards::ONE);
    users.write_all(&Cx::detached(), vec![StoredUser::Here(Box::new(user.clone()))], |_| ()).await.unwrap();
    user
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_wait_for_no_mail_no_queue_and_no_worker_and_all_mails_follow() {
    let (calls, stopped) = (Arc::new(Mutex::new(Vec::<String>::new())), Arc::new(AtomicBool::new(false)));
    let log = Arc::clone(&calls);
    let shop = Shop::behind(move |call| {
        log.lock().unwrap().push(call.operation.clone());
        Rule::Pass
    });
    let token = person(&shop, EMAIL).await;
    let user = confirm(&shop).await;
    let clock = Clock::manual(START);
    let (queue_stopped, mail_stopped) = (Arc::clone(&stopped), Arc::clone(&stopped));
    let down = move |stopped: bool| if stopped { Fault::Before } else { Fault::None };
    let queues = Queues::with(&clock, move |_| down(queue_stopped.load(Ordering::SeqCst)));
    let mailbox = Mailbox::with(move |_| mail_stopped.load(Ordering::SeqCst).then_some((503, "ServiceUnavailable")));
    let pipeline = Pipeline::on(shop.tables().clone(), &clock, queues, mailbox, SHARDS, |_| Rule::Pass).await;
    let lines = json!({ "items": [{ "product_id": shop.stock(250).await.to_string(), "quantity": 1 }] });
    let environment = shop.environment::<orders::CreateOrder>().await;

    calls.lock().unwrap().clear();
    let (mut ids, up) = place(&shop, &environment, &token, &lines).await;
    let table: Table<Order> = shop.tables().table(&shop.tables().client(), "Orders", Shards::ONE);
    let read = async |ids: &[OrderId]| -> Vec<Order> {
        let keys: Vec<_> = ids.iter().map(|id| (user.id, *id)).collect();
        let found = table.get_many(&Cx::detached(), &keys, Consistency::Strong).await.unwrap();
        found.into_iter().map(Option::unwrap).collect()
    };
    pipeline.relay(&read(&ids).await).await;
    pipeline.drain("email").await;
    assert_eq!(pipeline.mailbox.total(), ORDERS);

    stopped.store(true, Ordering::SeqCst);
    let (late, down) = place(&shop, &environment, &token, &lines).await;
    println!("half of {ORDERS} orders took {up:?} at most, and {down:?} with everything behind them stopped");
    assert_eq!(*calls.lock().unwrap(), CALLS.repeat(2 * ORDERS), "what an order asks of AWS");
    // The stream waits for the relay, which gets rid of nothing: what it could not send comes
    // again.
    let orders = read(&late).await;
    let failed = pipeline.hand_over(&orders[..10], Duration::from_secs(2)).await;
    assert_eq!(failed["batchItemFailures"][0]["itemIdentifier"], format!("{:021}", 0), "where to go on: {failed}");
    assert_eq!(pipeline.mailbox.total(), ORDERS);

    stopped.store(false, Ordering::SeqCst);
    pipeline.relay(&orders).await;
    pipeline.drain("email").await;
    ids.extend(late);
    for id in &ids {
        assert_eq!(pipeline.mailbox.count(&format!("Your order {id}")), 1, "mails about {id}");
    }
    assert_eq!(pipeline.mailbox.total(), 2 * ORDERS);
}
