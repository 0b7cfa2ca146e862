//! An export that does not fit one answer, or is cut short.

use super::*;

#[tokio::test]
async fn what_is_too_much_for_one_answer_comes_in_parts_without_a_gap() {
    let shop = Shop::new();
    let ada = person(&shop, "ada@shop.example").await;
    let bought = bought(&shop, owner(&ada), 130, 50).await;
    let (ids, parts) = taken(&shop, &ada, Duration::from_mins(1)).await;
    are_all_once(&ids, &bought);
    assert_eq!(parts, 2);
}

#[tokio::test]
async fn an_export_with_little_time_says_where_to_go_on() {
    let shop = Shop::new();
    let ada = person(&shop, "ada@shop.example").await;
    let bought = bought(&shop, owner(&ada), 250, 1).await;
    let (ids, parts) = taken(&shop, &ada, Duration::from_secs(3)).await;
    are_all_once(&ids, &bought);
    assert_eq!(parts, 3);
}

#[tokio::test]
async fn an_export_whose_table_fails_on_the_way_keeps_what_it_has() {
    let queries = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&queries);
    let shop = Shop::behind(move |call| {
        // More often than a call is tried.
        let fails = call.operation == "Query" && asked.fetch_add(1, Ordering::SeqCst) >= 2;
        if fails { Rule::refuse(500, "InternalServerError") } else { Rule::Pass }
    });
    let ada = person(&shop, "ada@shop.example").await;
    let bought = bought(&shop, owner(&ada), 250, 1).await;
    queries.store(0, Ordering::SeqCst);
    let export = shop.ask::<me::ExportMe>("/api/me/export", &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(export.ok(200)["orders"].as_array().unwrap().len(), 200);
    assert!(export.body["next"].is_string(), "it says that it is whole");
    let rest = format!("/api/me/export?cursor={}", export.body["next"].as_str().unwrap());
    queries.store(0, Ordering::SeqCst);
    let rest = shop.ask::<me::ExportMe>(&rest, &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(rest.ok(200)["orders"].as_array().unwrap().len(), bought.len() - 200);
    queries.store(2, Ordering::SeqCst);
    let none = shop.ask::<me::ExportMe>("/api/me/export", &[("authorization", &ada)], &Value::Null).await;
    assert_eq!(none.status, 503, "an export without its first orders is none: {}", none.body);
}
