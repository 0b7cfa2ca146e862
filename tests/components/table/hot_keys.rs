//! The load of the busiest partition key, computed: writes of a generated load are counted by key,
//! index keys included.
//!
//! DynamoDB limits every partition key of a table or an index to 1,000 write units a second ("Best
//! practices for designing and using partition keys effectively", AWS documentation,
//! `bp-partition-key-design.html`).

use super::{Thing, shards};
use shared::table::{Attribute, Item, Shards};
use std::collections::HashMap;

const LIMIT: u32 = 1_000;
const WRITES: u32 = 20_000;

/// The write units that the busiest key takes, of these writes in one second. An item of at most 1
/// KB is one unit in its table and one in each index that shows it, two where its index key
/// changes.
fn busiest(keys: impl IntoIterator<Item = String>) -> u32 {
    let mut units = HashMap::<String, u32>::new();
    for key in keys {
        *units.entry(key).or_default() += 1;
    }
    units.into_values().max().unwrap_or_default()
}

fn keys_of(thing: &Thing, shards: Shards) -> Vec<String> {
    let indexes = thing.attributes(shards).into_iter().filter_map(|(name, value)| match value {
        Attribute::Text(key) => Some(format!("{name}:{key}")),
        Attribute::Number(_) => None,
    });
    std::iter::once(thing.key().pk).chain(indexes).collect()
}

/// An id like a UUID v7 of this moment: most of it is the same for all.
fn id(n: u32) -> String {
    format!("019ab0c4-d5e6-7{:03x}-8{:03x}-{:012x}", n % 4_096, n / 7 % 4_096, u64::from(n) * 2_654_435_761)
}

/// The busiest key when this many items of one group are created in a second.
fn creating(writes: u32, count: &str) -> u32 {
    let shards = shards(count);
    let things = (0..writes).map(|n| Thing { id: id(n), color: "red".to_owned(), ..Thing::new(0) });
    busiest(things.flat_map(move |thing| keys_of(&thing, shards)))
}

/// The defaults of the template's parameters of this kind.
fn template_shards() -> Vec<(&'static str, &'static str)> {
    let parameters = include_str!("../../../template.yaml").split("\nGlobals:").next().unwrap();
    let (mut found, mut name) = (Vec::new(), "");
    for line in parameters.lines() {
        match line.strip_prefix("  ") {
            Some(head) if !head.starts_with(' ') => name = head.trim_end_matches(':'),
            Some(line) if name.ends_with("Shards") => {
                found.extend(line.trim().strip_prefix("Default: ").map(|count| (name, count.trim_matches('"'))));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_shards_that_the_template_sets_carry_twenty_thousand_writes_a_second() {
    let all = template_shards();
    for parameter in ["ProductShards", "UserShards"] {
        assert!(all.iter().any(|(name, _)| *name == parameter), "{parameter} is not in {all:?}");
    }
    for (parameter, count) in all {
        // A sign-up or a new product: in the table, in the index of all, and in that of its one
        // group.
        let made = creating(WRITES, count);
        let counted = busiest((0..WRITES).map(|_| shards(count).any("views#2026-11-24")));
        println!("{parameter} {count}: {made} units on the busiest key of a listing, {counted} of a counter");
        assert!(made < LIMIT && counted < LIMIT, "{parameter} {count}: {made}, {counted} units on one key");
    }
}

#[test]
fn twenty_thousand_products_that_change_their_category_leave_no_key_hot() {
    // An item whose index key changes is a delete under the old one and a put under the new one:
    // never both on one key, unless half of the products go the other way.
    for (parameter, count) in template_shards() {
        let shards = shards(count);
        let moves = (0..WRITES).flat_map(|n| {
            let (from, to) = if n % 2 == 0 { ("red", "blue") } else { ("blue", "red") };
            [from, to].map(|color| shards.key(color, &id(n)))
        });
        let busiest = busiest(moves);
        assert!(busiest < LIMIT, "{parameter} {count}: {busiest} units on one key");
    }
}

#[test]
fn twenty_thousand_items_of_one_group_leave_no_key_hot() {
    assert!(creating(WRITES, "1") >= WRITES, "without shards one key takes them all");
    for count in ["24", "32", "64"] {
        let busiest = creating(WRITES, count);
        println!("{count} shards: {busiest} units on one key");
        assert!(busiest < LIMIT, "{count} shards: {busiest} units on one key");
    }
}

#[test]
fn twenty_thousand_adds_to_one_counter_leave_no_key_hot() {
    for count in ["24", "32", "64"] {
        let shards = shards(count);
        let busiest = busiest((0..WRITES).map(|_| shards.any("views#2026-11-24")));
        assert!(busiest < LIMIT, "{count} shards: {busiest} units on one key");
    }
    // A consumer adds up what it has in hand: in batches of 10, of one subject, as many writes are
    // a tenth.
    assert!(busiest((0..WRITES / 10).map(|_| shards("4").any("views#2026-11-24"))) < LIMIT);
}
