//! Lists and searches change with the products in them.

use super::*;

/// Asks until the answer is as it should be; how long that took.
async fn shows(path: &str, what: impl Fn(&Value) -> bool) -> Duration {
    let start = Instant::now();
    loop {
        let answer = get(&Cloud::get().base_url, path);
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if answer.status == 200 && what(&body) {
            return start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{path}: {answer:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_change_shows_in_search_list_and_page_within_seconds_and_stays() {
    let shelf = Shelf::empty().await;
    let (first, second) = (format!("z{}", &shelf.id[26..]), format!("y{}", &shelf.id[26..]));
    let search = |word: &str| format!("/api/search?q={word}");
    let prices = |body: &Value| -> Vec<u64> {
        body["items"].as_array().unwrap().iter().map(|item| item["price_cents"].as_u64().unwrap()).collect()
    };
    // Every cache has that there is nothing, then what there is.
    for path in [search(&first), search(&second), shelf.list()] {
        assert_eq!(prices(&kept(&path).await), [0; 0]);
    }
    shelf.put(1, &first, 100).await;
    let (list, results) = (shelf.list(), search(&first));
    let is = |cents: u64| move |body: &Value| prices(body) == [cents];
    let took = tokio::join!(shows(&list, is(100)), shows(&results, is(100)));
    println!("a new product: in the list after {:?}, in search after {:?}", took.0, took.1);
    assert!(took.0.max(took.1) < patience(), "a new product");
    for path in [list.clone(), results.clone(), shelf.page()] {
        kept(&path).await;
    }
    shelf.put(2, &second, 250).await;
    let (page, renamed) = (shelf.page(), search(&second));
    let took = tokio::join!(
        shows(&page, |body| body["price_cents"] == 250 && body["name"] == second.as_str()),
        shows(&list, is(250)),
        shows(&renamed, is(250)),
        shows(&results, |body| prices(body).is_empty()),
    );
    println!("a new price and name: {took:?}");
    assert!([took.0, took.1, took.2, took.3].into_iter().max().unwrap() < patience(), "a new price and name");
    for _ in 0..50 {
        let now = [&page, &list, &renamed, &results].map(|path| get(&Cloud::get().base_url, path).body);
        assert!(now[0].contains("250") && now[1].contains("250") && now[2].contains("250"), "{now:?}");
        assert!(now[3].contains("\"items\":[]"), "{now:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_new_product_stands_in_a_list_that_the_cdn_had_without_it() {
    let shelf = Shelf::empty().await;
    assert_eq!(kept(&shelf.list()).await["items"], json!([]));
    shelf.write(1, &shelf.category, 100).await;
    assert_eq!(ids(&forgotten(&shelf.list(), Duration::from_secs(20)).await), [shelf.id.as_str()]);
}

#[tokio::test]
async fn a_product_that_moves_leaves_one_list_and_stands_in_another() {
    let (from, to) = (Shelf::with_one().await, Shelf::empty().await);
    assert_eq!(ids(&kept(&from.list()).await), [from.id.as_str()]);
    assert_eq!(ids(&kept(&to.list()).await), [""; 0]);
    from.write(2, &to.category, 100).await;
    let (left, entered) = tokio::join!(forgotten_in_time(from.list()), forgotten_in_time(to.list()));
    assert_eq!((ids(&left), ids(&entered)), (vec![], vec![from.id.as_str()]));
}
