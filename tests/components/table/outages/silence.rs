//! A table that does not answer for minutes.

use super::*;

#[tokio::test(start_paused = true)]
async fn ten_minutes_without_a_table_are_quick_refusals_and_its_return_is_no_rush() {
    let (dead, back, end) = (10, 610, 640);
    let network = Network::new(vec![
        (Duration::from_secs(dead), always(|| Rule::Hang)),
        (Duration::from_secs(back), always(|| Rule::Pass)),
    ]);
    let tables = Tables::new();
    let (asked, made) =
        visit::<users::GetUser>(&network, &tables, Duration::from_secs(end), Duration::from_millis(100), profile).await;
    let during = |from: u64, to: u64| {
        let within = Duration::from_secs(from)..Duration::from_secs(to);
        asked.iter().filter(move |request| within.contains(&request.at))
    };
    assert!(during(0, dead).all(|request| request.status == 404), "nobody has these ids");
    assert!(during(dead, back).all(|request| request.status == 503 && request.told_when));
    // The first requests find out; the ones after them do not wait.
    let longest = |from, to| during(from, to).map(|request| request.took).max().unwrap();
    let (first, then) = (longest(dead, dead + 2), longest(dead + 2, back));
    assert!(first <= 1_800 * MS && then <= 300 * MS, "{first:?}, then {then:?}");
    // Ten requests a second, each at most 1.75 s in an environment of its own.
    assert!(made <= 20, "{made} environments");
    let (before, outage) = (network.calls_between(0, dead), network.calls_between(dead + 2, back));
    let each_second = outage / 598;
    println!(
        "first {first:?}, then {then:?}; {made} environments; {} calls/s before, {each_second} in the outage",
        before / 10
    );
    assert!(each_second * 2 <= 10 * 2, "{each_second} calls a second");
    // It returns: a window later everything is as before, and it is not asked more often than
    // before.
    assert!(during(back + 3, end).all(|request| request.status == 404));
    let after = network.calls_between(back, back + 10);
    assert!(after * 10 <= before * 12, "{after} calls in the first ten seconds, {before} before");
}

#[tokio::test(start_paused = true)]
async fn what_the_cache_has_is_served_while_the_table_is_silent() {
    let tables = Tables::new();
    let silent = Arc::new(Mutex::new(false));
    let hangs = Arc::clone(&silent);
    let shop = Shop::in_process(&tables, move |call| {
        let of_products = call.body["TableName"].as_str().is_some_and(|name| name.ends_with("-products"));
        if of_products && *hangs.lock().unwrap() { Rule::Hang } else { Rule::Pass }
    });
    let (known, environment) = (shop.stock(250).await, shop.environment::<catalog::GetProduct>().await);
    let known = format!("/api/products/{known}");
    let ask = async |path: &str| {
        let start = Instant::now();
        (shop.ask_in(&environment, path, &[], &Value::Null).await, start.elapsed())
    };
    ask(&known).await.0.ok(200);
    *silent.lock().unwrap() = true;
    let unknown = format!("/api/products/{}", ProductId::generate());
    let (lost, _) = ask(&unknown).await;
    assert_eq!((lost.status, lost.header("retry-after").is_empty()), (503, false), "{}", lost.body);
    // Past its time in memory the cache asks the table, whose breaker is open: the entry is better
    // than an error.
    std::thread::sleep(Duration::from_millis(2_100));
    for _ in 0..5 {
        let (kept, took) = ask(&known).await;
        assert_eq!(kept.ok(200)["price_cents"], 250);
        assert!(took <= 300 * MS, "{took:?}");
    }
    let (lost, took) = ask(&unknown).await;
    assert!(lost.status == 503 && took <= 300 * MS, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_order_whose_answer_never_came_is_found_by_its_key() {
    let tables = Tables::new();
    let (silent, orders_seen) = (Arc::new(Mutex::new(true)), Arc::new(Mutex::new(0)));
    let (hangs, seen) = (Arc::clone(&silent), Arc::clone(&orders_seen));
    let shop = Shop::in_process(&tables, move |call| {
        if call.operation != "TransactWriteItems" || !call.body.to_string().contains("order#") {
            return Rule::Pass;
        }
        *seen.lock().unwrap() += 1;
        if *hangs.lock().unwrap() { Rule::Unanswered } else { Rule::Pass }
    });
    let ada = person(&shop, "ada@shop.example").await;
    let lines = json!({ "items": [{ "product_id": shop.stock(250).await.to_string(), "quantity": 1 }] });
    let headers = [("authorization", ada.as_str()), ("idempotency-key", "one")];
    let start = Instant::now();
    let maybe = shop.ask::<orders::CreateOrder>("/api/orders", &headers, &lines).await;
    assert_eq!((maybe.status, maybe.header("retry-after").is_empty()), (503, false), "{}", maybe.body);
    assert!(start.elapsed() <= 3_100 * MS && *orders_seen.lock().unwrap() == 2, "{:?}", start.elapsed());
    // While the table is silent, a write is not sent at all.
    let refused = shop.ask::<orders::CreateOrder>("/api/orders", &headers, &lines).await;
    assert_eq!((refused.status, *orders_seen.lock().unwrap()), (503, 2), "{}", refused.body);
    *silent.lock().unwrap() = false;
    tokio::time::sleep(2_000 * MS).await;
    let found = shop.ask::<orders::CreateOrder>("/api/orders", &headers, &lines).await;
    found.ok(201);
    assert_eq!(found.header("idempotency-replayed"), "true");
    let mine = shop.ask::<orders::ListOrders>("/api/orders", &headers[..1], &Value::Null).await;
    let mine = mine.ok(200)["items"].as_array().unwrap();
    assert_eq!((mine.len(), &mine[0]["id"]), (1, &found.body["id"]), "one order, and this one");
}
