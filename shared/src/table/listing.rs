//! An index over all its shards, in one order.
//!
//! Each shard is a partition in the order of the ids, so a page is merged from all shards. The
//! shards are read in parallel, each for about its share of the page. A shard that runs out before
//! the page is full is read again.

use super::{
    Attribute, Consistency, Direction, Item, Key, Page, Position, Table, TableError,
    call::read,
    coding::from_attributes,
    item::{Attributes, version_of},
    kind::Kind,
    meter::{self, Timer},
};
use crate::{context::Cx, telemetry::fields};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::future::try_join_all;
use std::{
    cmp::Ordering,
    collections::{HashMap, VecDeque},
};

/// One listing of an index: all items of a group, in the order of an attribute that is unique among
/// them.
///
/// The index has `partition` as its partition key, which items set to
/// [`Shards::key`](super::Shards::key) of the group and their id ([`Item::attributes`]), and `id`
/// as its sort key.
#[derive(Debug, Clone)]
pub struct Listing {
    index: &'static str,
    partition: &'static str,
    group: String,
    order: Direction,
    keys_only: bool,
}

/// The sort key of every index that is listed.
const ID: &str = "id";

impl Listing {
    /// The listing of `group` in `index`, whose partition key is the attribute `partition`;
    /// ascending.
    pub fn new(index: &'static str, partition: &'static str, group: impl Into<String>) -> Self {
        Self { index, partition, group: group.into(), order: Direction::Ascending, keys_only: false }
    }

    /// The index has only the keys, because secrets should not be in an index. The items are read
    /// from the table, in one batch.
    #[must_use]
    pub fn keys_only(mut self) -> Self {
        self.keys_only = true;
        self
    }

    /// In this direction.
    #[must_use]
    pub fn order(mut self, order: Direction) -> Self {
        self.order = order;
        self
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        match self.order {
            Direction::Ascending => a.cmp(b),
            Direction::Descending => b.cmp(a),
        }
    }
}

/// One shard while a page is made.
struct ShardReader {
    partition: String,
    after: Option<String>,
    ready: VecDeque<(String, Attributes)>,
    ended: bool,
}

impl ShardReader {
    fn is_dry(&self) -> bool {
        self.ready.is_empty() && !self.ended
    }
}

impl<I: Item> Table<I> {
    /// At most `limit` items of a listing, after `after`. Indexes are eventually consistent: what
    /// was written a moment ago may be missing, so do not use a listing where the result must be
    /// exact. An item that is older than the client has seen is read again from the table.
    pub async fn list(
        &self,
        cx: &Cx,
        listing: &Listing,
        limit: usize,
        after: Option<&Position>,
    ) -> Result<Page<I>, TableError> {
        let _timer = Timer::start(cx);
        let after = after.map(|position| position.as_str().to_owned());
        let mut readers: Vec<ShardReader> = self
            .shards
            .keys(&listing.group)
            .map(|partition| ShardReader { partition, after: after.clone(), ready: VecDeque::new(), ended: false })
            .collect();
        // One item more than requested shows whether there is a next page.
        let want = limit.saturating_add(1);
        let mut found: Vec<(String, Attributes)> = Vec::new();
        while found.len() < want {
            let share = share(want - found.len(), readers.len());
            try_join_all(readers.iter_mut().filter(|l| l.is_dry()).map(|l| self.fill(cx, listing, l, share))).await?;
            if !merge(listing, &mut readers, &mut found, want) && readers.iter().all(|l| l.ended) {
                break;
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = match found.last() {
            Some((id, _)) if more => Some(Position::new(id.clone())?),
            _ => None,
        };
        let items = self.read_found(cx, listing, found.into_iter().map(|(_, attributes)| attributes).collect()).await?;
        Ok(Page { items, next })
    }

    async fn fill(&self, cx: &Cx, listing: &Listing, reader: &mut ShardReader, limit: usize) -> Result<(), TableError> {
        let call = self
            .client
            .sdk()
            .query()
            .table_name(&self.name)
            .index_name(listing.index)
            .expression_attribute_names("#partition", listing.partition)
            .expression_attribute_values(":partition", AttributeValue::S(reader.partition.clone()))
            .scan_index_forward(listing.order == Direction::Ascending)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let call = match &reader.after {
            None => call.key_condition_expression("#partition = :partition"),
            Some(after) => call
                .key_condition_expression(match listing.order {
                    Direction::Ascending => "#partition = :partition AND #id > :after",
                    Direction::Descending => "#partition = :partition AND #id < :after",
                })
                .expression_attribute_names("#id", ID)
                .expression_attribute_values(":after", AttributeValue::S(after.clone())),
        };
        let send = || read("Query", call.clone().send());
        let answer = self.client.call(cx, &[&self.name], Kind::Read, "Query", send).await?.value;
        meter::capacity(cx, Kind::Read, answer.consumed_capacity());
        reader.ended = answer.last_evaluated_key.is_none();
        for attributes in answer.items.unwrap_or_default() {
            let id = attributes.get(ID).and_then(|id| id.as_s().ok()).cloned();
            let id = id.ok_or_else(|| TableError::Corrupt(format!("an item of {} has no {}", listing.index, ID)))?;
            reader.after = Some(id.clone());
            reader.ready.push_back((id, attributes));
        }
        Ok(())
    }

    /// The items of a page, made from what the index returned. Items that the index lacks, or has
    /// in an older version than the client has seen, are read from the table. They are dropped if
    /// they have left the listing meanwhile.
    async fn read_found(&self, cx: &Cx, listing: &Listing, found: Vec<Attributes>) -> Result<Vec<I>, TableError> {
        let keys: Vec<Key> = found.iter().filter_map(Key::from_attributes).collect();
        let found = if listing.keys_only {
            self.client.read_keys(cx, &self.name, keys.iter().cloned(), Consistency::Eventual).await?
        } else {
            keys.iter().cloned().zip(found).collect()
        };
        let mut older = Vec::new();
        let mut items = HashMap::with_capacity(found.len());
        for (key, attributes) in found {
            let item: I = from_attributes(attributes)?;
            if item.version() < cx.seen.least(&item.entity()) {
                older.push(key);
            } else if !listing.keys_only || self.is_listed(listing, &item) {
                items.insert(key, item);
            }
        }
        if !older.is_empty() {
            cx.event.count(fields::TABLE_READ_AGAIN, 1);
            for (key, attributes) in self.client.read_keys(cx, &self.name, older, Consistency::Strong).await? {
                let item: I = from_attributes(attributes)?;
                if self.is_listed(listing, &item) {
                    items.insert(key, item);
                }
            }
        }
        Ok(keys.iter().filter_map(|key| items.remove(key)).collect())
    }

    fn is_listed(&self, listing: &Listing, item: &I) -> bool {
        item.attributes(self.shards).iter().any(|(name, value)| {
            let shard = |text: &str| text.rsplit_once('#').is_some_and(|(group, _)| group == listing.group);
            *name == listing.partition && matches!(value, Attribute::Text(text) if shard(text))
        })
    }
    /// What a cursor for `listing` is bound to: see [`Cursors`](super::Cursors).
    pub fn listing_scope(&self, listing: &Listing) -> String {
        format!("{}|{}|{}|{:?}", self.name, listing.index, listing.group, listing.order)
    }
}

/// Moves items from the shards to `found`, in order, until it has `want` items or a shard has no
/// more. `false` if there was no item to move.
fn merge(listing: &Listing, readers: &mut [ShardReader], found: &mut Vec<(String, Attributes)>, want: usize) -> bool {
    let before = found.len();
    while found.len() < want && !readers.iter().any(ShardReader::is_dry) {
        let heads = readers.iter_mut().filter(|reader| !reader.ready.is_empty());
        let Some(reader) = heads.min_by(|a, b| listing.compare(&a.ready[0].0, &b.ready[0].0)) else { break };
        let Some((id, attributes)) = reader.ready.pop_front() else { break };
        // While an item moves to another shard, the index may show it in both.
        match found.last_mut() {
            Some((last, other)) if *last == id => {
                if version_of(&attributes) > version_of(other) {
                    *other = attributes;
                }
            }
            _ => found.push((id, attributes)),
        }
    }
    found.len() > before
}

/// How many items to read from each of `readers` shards when `want` are missing: its share and
/// three standard deviations, so that a second round is rare.
fn share(want: usize, readers: usize) -> usize {
    let even = want.div_ceil(readers.max(1));
    if readers <= 1 { want } else { want.min(even + 3 * even.isqrt() + 1) }
}
