//! The cost of a call does not depend on how much is stored.

use super::{Note, Thing, all, of_color, patient, shards};
use shared::telemetry::fields;
use shared::{
    clock::Clock,
    context::Cx,
    table::{Consistency, PartitionQuery, Shards},
    version::Version,
};
use std::time::Duration;
use tests::dynamo::Tables;
use tests::line::ReadLine as _;

/// Two sizes, as `COST_SIZES=1000,200000`; small ones by default.
fn sizes() -> Vec<usize> {
    let text = std::env::var("COST_SIZES").unwrap_or_else(|_| "500,5000".to_owned());
    text.split(',').map(|size| size.trim().parse().unwrap()).collect()
}

/// Capacity units by what was done, in tables of `size` items.
async fn costs(size: usize) -> Vec<(&'static str, f64)> {
    let tables = Tables::new();
    let client = tables.client();
    let things = tables.table::<Thing>(&client, "Products", shards("8"));
    let notes = tables.table::<Note>(&client, "Orders", Shards::ONE);
    let fill = Cx::new(Clock::system(), "fill", Duration::from_hours(1));
    things.write_all(&fill, (0..size).map(Thing::new), |_| ()).await.unwrap();
    let many = (0..u32::try_from(size).unwrap()).map(|n| Note::new("ann", n));
    notes.write_all(&fill, many, |_| ()).await.unwrap();

    let middle = Thing::new(size / 2);
    let cx = [(); 6].map(|()| patient());
    things.get(&cx[0], &middle.id, Consistency::Strong).await.unwrap().unwrap();
    let page = things.list(&cx[1], &all(), 20, None).await.unwrap();
    things.list(&cx[2], &of_color("red"), 20, page.next.as_ref()).await.unwrap();
    notes.query(&cx[3], &PartitionQuery::of("user#ann"), 20, None).await.unwrap();
    things.replace(&cx[4], &middle.next("x"), Version::FIRST).await.unwrap();
    client
        .transact(&cx[5], vec![things.creating(&Thing::new(size)), notes.creating(&Note::new("bob", 1))])
        .await
        .unwrap();

    let names = ["get", "page", "page of a group", "page of a partition", "update", "transaction"];
    let units = |cx: &Cx| cx.sum(fields::RCU) + cx.sum(fields::WCU);
    names.into_iter().zip(cx.iter().map(units)).collect()
}

#[tokio::test]
async fn the_cost_of_a_call_is_the_same_at_any_size() {
    let mut measured = Vec::new();
    for size in sizes() {
        let costs = costs(size).await;
        println!("{size} items: {costs:?}");
        assert!(costs.iter().all(|(_, units)| *units > 0.0), "every call is billed: {costs:?}");
        measured.push(costs);
    }
    assert!(measured.windows(2).all(|pair| pair[0] == pair[1]), "{measured:?}");
}

#[tokio::test]
async fn a_page_costs_half_a_unit_a_shard_and_no_more() {
    let tables = Tables::new();
    let about_half_a_kilobyte = "x".repeat(250);
    for (count, most) in [("4", 4.0), ("8", 4.0), ("32", 16.0)] {
        let things = tables.table::<Thing>(&tables.client(), "Products", shards(count));
        let all_of = (0..300).map(|n| Thing { text: about_half_a_kilobyte.clone(), ..Thing::new(n) });
        things.write_all(&patient(), all_of, |_| ()).await.unwrap();
        let (mut after, mut pages, mut units) = (None, 0.0, 0.0);
        loop {
            let cx = patient();
            let page = things.list(&cx, &all(), 20, after.as_ref()).await.unwrap();
            pages += 1.0;
            units += cx.sum(fields::RCU);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        println!("{count} shards: {:.1} units a page of 20", units / pages);
        assert!(units > 0.0 && units / pages <= most * 1.1, "{count} shards: {:.1} units a page", units / pages);
    }
}
