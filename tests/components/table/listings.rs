//! Listings are complete and in order, whatever the page size, the shards or the writers.

use super::{Thing, all, of_color, patient, shards};
use proptest::{collection::btree_set, prelude::*};
use shared::{
    table::{Direction, Listing, Position, Table, TableError},
    version::Version,
};
use std::collections::BTreeSet;
use tests::dynamo::Tables;

async fn read_all(things: &Table<Thing>, listing: &Listing, limit: usize) -> Vec<String> {
    let (cx, mut ids, mut after) = (patient(), Vec::new(), None::<Position>);
    loop {
        let page = things.list(&cx, listing, limit, after.as_ref()).await.unwrap();
        assert!(page.items.len() == limit || page.next.is_none(), "a short page is the last");
        ids.extend(page.items.into_iter().map(|thing| thing.id));
        match page.next {
            Some(next) => after = Some(next),
            None => return ids,
        }
    }
}

fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|n| Thing::new(n).id).collect()
}

#[tokio::test]
async fn any_page_size_gives_the_same_list_in_both_directions() {
    let tables = Tables::new();
    for count in ["1", "8"] {
        let things = tables.table::<Thing>(&tables.client(), "Products", shards(count));
        things.write_all(&patient(), (0..210).map(Thing::new), |_| ()).await.unwrap();
        for limit in [7, 30, 100, 210, 500] {
            assert_eq!(read_all(&things, &all(), limit).await, ids(0..210), "{limit} a page, {count} shards");
        }
        assert_eq!(read_all(&things, &all().order(Direction::Descending), 7).await, ids((0..210).rev()));
        assert_eq!(read_all(&things, &of_color("green"), 9).await, ids((0..210).filter(|n| n % 3 == 1)));
        assert_eq!(read_all(&things, &of_color("none"), 9).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_full_last_page_names_no_next_one() {
    let (tables, cx) = (Tables::new(), patient());
    let things = tables.table::<Thing>(&tables.client(), "Products", shards("3"));
    things.write_all(&cx, (0..20).map(Thing::new), |_| ()).await.unwrap();
    let page = things.list(&cx, &all(), 20, None).await.unwrap();
    assert_eq!((page.items.len(), page.next), (20, None));
}

#[tokio::test]
async fn old_items_are_found_while_the_shard_count_is_raised() {
    let tables = Tables::new();
    let table = |count: &str| tables.table::<Thing>(&tables.client(), "Products", shards(count));
    let cx = patient();
    table("2").write_all(&cx, (0..40).map(Thing::new), |_| ()).await.unwrap();
    // The two deploys of a raise, with functions of both at work.
    table("2/16").write_all(&cx, (40..80).map(Thing::new), |_| ()).await.unwrap();
    assert_eq!(read_all(&table("2"), &all(), 7).await, ids(0..80));
    table("16").write_all(&cx, (80..120).map(Thing::new), |_| ()).await.unwrap();
    // An item that is written again moves.
    table("16").replace(&cx, &Thing::new(3).next("moved"), Version::FIRST).await.unwrap();
    for reader in ["2/16", "16"] {
        assert_eq!(read_all(&table(reader), &all(), 7).await, ids(0..120));
        assert_eq!(read_all(&table(reader), &of_color("red"), 100).await, ids((0..120).filter(|n| n % 3 == 0)));
    }
}

#[tokio::test]
async fn an_index_of_keys_gives_whole_items_and_no_tombstones() {
    let (tables, cx) = (Tables::new(), patient());
    let things = tables.table::<Thing>(&tables.client(), "Users", shards("4"));
    things.write_all(&cx, (0..30).map(Thing::new), |_| ()).await.unwrap();
    things.replace(&cx, &Thing::new(4).tombstone(), Version::FIRST).await.unwrap();
    let page = things.list(&cx, &all().keys_only(), 10, None).await.unwrap();
    let expected: Vec<_> = (0..11).filter(|n| *n != 4).map(Thing::new).collect();
    assert_eq!(page.items, expected);
    let bare = things.list(&cx, &all(), 10, None).await;
    assert!(matches!(bare, Err(TableError::Corrupt(_))), "the index has no whole items");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_there_throughout_is_listed_once_whatever_is_written_meanwhile(
        stable in btree_set(0_usize..400, 1..60),
        others in prop::collection::vec((0_usize..400, any::<bool>()), 0..60),
        limits in prop::collection::vec(1_usize..12, 1..8),
        count in 1_u16..9,
        descending: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (tables, cx) = (Tables::new(), patient());
            let things = tables.table::<Thing>(&tables.client(), "Products", shards(&count.to_string()));
            things.write_all(&cx, stable.iter().copied().map(Thing::new), |_| ()).await.unwrap();
            let listing = all().order(if descending { Direction::Descending } else { Direction::Ascending });
            let mut others = others.into_iter().filter(|(n, _)| !stable.contains(n));
            let (mut seen, mut after) = (Vec::new(), None);
            for limit in limits.into_iter().cycle() {
                let page = things.list(&patient(), &listing, limit, after.as_ref()).await.unwrap();
                seen.extend(page.items.into_iter().map(|thing| thing.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
                // Between two pages others come and go, before and behind the position.
                for (number, stays) in others.by_ref().take(4) {
                    let thing = Thing::new(number);
                    let thing = if stays { thing } else { thing.tombstone() };
                    things.write_all(&cx, [thing], |_| ()).await.unwrap();
                }
            }
            let unique: BTreeSet<_> = seen.iter().cloned().collect();
            assert_eq!(unique.len(), seen.len(), "repeated");
            let missing: Vec<_> = ids(stable.iter().copied()).into_iter().filter(|id| !unique.contains(id)).collect();
            assert_eq!(missing, Vec::<String>::new(), "skipped");
        });
    }
}
