//! What a run leaves behind.

use super::*;

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
    let eve = shop.ask::<users::CreateUser>("/api/users", &[], &taken).await.ok(201)["id"].clone();
    let filled = seed(shop.app(), Plan { users: 60, ..Plan::default() }).await.unwrap();
    assert_eq!(filled[0].written, 59);
    let sign_in = async |number: u32, password: &str| {
        let credentials = json!({ "email": format!("person-{number}@seed.invalid"), "password": password });
        shop.ask::<sessions::CreateSession>("/api/sessions", &[], &credentials).await
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
        shop.ask::<catalog::SearchProducts>(&path, &[], &Value::Null).await.ok(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(find(99).await, 0, "nothing has been indexed");
    let mut heard = Vec::new();
    assert_eq!(reindex(shop.app(), |_, done, of| heard.push((done, of))).await.unwrap(), 120);
    assert_eq!((heard[0], heard[119]), ((1, 100), (120, 120)));
    assert_eq!(find(98).await, 2, "every 64th product is one");
    assert_eq!(reindex(shop.app(), |_, _, _| ()).await.unwrap(), 120);
}
