//! Pages of results, and what they cost.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

async fn pages(shelf: &Shelf, text: &str, limit: usize) -> Vec<String> {
    let query = ParsedQuery::new(text);
    let (mut names, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = shelf.search.find(&patient(), &query, limit, cursor.as_deref()).await.unwrap();
        assert!(page.items.len() <= limit, "{text}, {limit}");
        names.extend(page.items.into_iter().map(|hit| hit.name));
        let Some(next) = page.next else { return names };
        let other = ParsedQuery::new(&format!("{text} more"));
        let other = shelf.search.find(&patient(), &other, limit, Some(&next)).await.unwrap_err();
        assert!(matches!(other, PageError::Cursor(CursorError::Bad)), "{other}");
        cursor = Some(next);
    }
}

#[tokio::test]
async fn pages_of_any_size_make_one_list() {
    let shelf = Shelf::new().await;
    let name = |n: usize| {
        format!("{} {} {n:03}", ["Oak-Wood", "Elm", "Oakwood", "Oak Wood"][n % 4], ["Desk", "Lamp", "Chair"][n % 3])
    };
    shelf.stock((0..130).zip(0..).map(|(n, number)| product(number, &name(n)))).await;
    for (text, fits) in [
        ("te", 130),
        ("lamp", 43),
        ("oak lamp", 32),
        ("te elm de", 11),
        ("te xx", 0),
        ("oak-wood", 97),
        ("oak-wood lamp te", 32),
        ("oakwood", 65),
    ] {
        let whole = pages(&shelf, text, 100).await;
        assert_eq!(whole.len(), fits, "{text}");
        for limit in [1, 7, 20] {
            assert_eq!(pages(&shelf, text, limit).await, whole, "{text}, {limit} a page");
        }
    }
}

/// The partitions that a query reads, and how often.
async fn reads(shelf: &Shelf, text: &str) -> Vec<String> {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    shelf.meddle(move |call| {
        if call.operation == "Query" {
            notes.lock().unwrap().push(call.body["ExpressionAttributeValues"][":pk"]["S"].as_str().unwrap().to_owned());
        }
        Rule::Pass
    });
    shelf.find(text).await;
    shelf.meddle(|_| Rule::Pass);
    Arc::into_inner(asked).unwrap().into_inner().unwrap()
}

#[tokio::test]
async fn the_rarest_term_is_asked_and_the_others_are_not() {
    let shelf = Shelf::new().await;
    shelf.stock((0..40).map(|n| product(n, if n == 0 { "Rare Lampshade" } else { "Lampshade" }))).await;
    for term in ["te", "tea", "lampshade"] {
        shelf.indexer.trim(&patient(), term).await.unwrap();
    }
    for text in ["te rare", "rare tea", "lampshade tea rare"] {
        assert_eq!(reads(&shelf, text).await, ["term#rare"], "{text}");
        assert_eq!(shelf.find(text).await, ["Rare Lampshade"], "{text}");
    }
    assert_eq!(reads(&shelf, "tea lampshade").await, ["term#lampshade"], "of two as rare, the longer");
    shelf.indexer.trim(&patient(), "rare").await.unwrap();
    assert_eq!(reads(&shelf, "lampshade ra rare").await, ["term#ra"], "nobody has counted it: it is rare");
}

#[tokio::test]
async fn no_answer_reads_more_than_is_kept_of_a_term() {
    let shelf = Shelf::new().await;
    let rows: Vec<_> = (0..900).flat_map(|n| functions::catalog::search::TermRow::all_of(&product(n, "Lid"))).collect();
    shelf.rows.write_all(&patient(), rows, |_| ()).await.unwrap();
    let cx = patient();
    let none = shelf.search.find(&cx, &ParsedQuery::new("lid te q"), 20, None).await.unwrap();
    assert_eq!(none.items, []);
    let rcu = cx.sum(fields::RCU);
    println!("the worst search: {rcu} RCU in {} reads", cx.counted(fields::TABLE_READS));
    assert!(rcu > 0.0 && rcu <= 20.0 && cx.counted(fields::TABLE_READS) <= 6, "{rcu} RCU");
}
