//! An index over all its shards, in one order.
//!
//! Each shard is a partition in the order of the ids, so that a page is a merge: the shards are asked in parallel, for
//! about their share of the page, and one that runs out before the page is full is asked again.

use super::{
    Attribute, Consistency, Item, Key, Order, Page, Position, Table, TableError,
    call::read,
    item::{Attributes, from_attributes, version_of},
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

/// One listing of an index: all items of a group, in the order of an attribute that is unique among them.
///
/// The index has `partition` as its partition key, which items set to [`Shards::key`](super::Shards::key) of the
/// group and their id ([`Item::attributes`]), and `id` as its sort key.
#[derive(Debug, Clone)]
pub struct Listing {
    index: &'static str,
    partition: &'static str,
    group: String,
    order: Order,
    keys_only: bool,
}

/// The sort key of every index that is listed.
const ID: &str = "id";

impl Listing {
    /// The listing of `group` in `index`, whose partition key is the attribute `partition`; ascending.
    pub fn new(index: &'static str, partition: &'static str, group: impl Into<String>) -> Self {
        Self { index, partition, group: group.into(), order: Order::Ascending, keys_only: false }
    }

    /// The index carries the keys only (an index is no place for secrets): the items are read from the table, in one
    /// batch.
    #[must_use]
    pub fn keys_only(mut self) -> Self {
        self.keys_only = true;
        self
    }

    /// In this direction.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        match self.order {
            Order::Ascending => a.cmp(b),
            Order::Descending => b.cmp(a),
        }
    }
}

/// One shard while a page is made.
struct Lane {
    partition: String,
    after: Option<String>,
    ready: VecDeque<(String, Attributes)>,
    ended: bool,
}

impl Lane {
    fn is_dry(&self) -> bool {
        self.ready.is_empty() && !self.ended
    }
}

impl<I: Item> Table<I> {
    /// At most `limit` items of a listing, after `after`. Indexes are eventually consistent: what was written a moment
    /// ago may be missing, and nothing that must be exact may rest on a listing. An item that comes back older than the
    /// client has seen is read again from the table.
    pub async fn list(
        &self,
        cx: &Cx,
        listing: &Listing,
        limit: usize,
        after: Option<&Position>,
    ) -> Result<Page<I>, TableError> {
        let _timer = Timer::start(cx);
        let after = after.map(|position| position.as_str().to_owned());
        let mut lanes: Vec<Lane> = self
            .shards
            .keys(&listing.group)
            .map(|partition| Lane { partition, after: after.clone(), ready: VecDeque::new(), ended: false })
            .collect();
        // One more than asked for tells whether there is a next page.
        let want = limit.saturating_add(1);
        let mut found: Vec<(String, Attributes)> = Vec::new();
        while found.len() < want {
            let share = share(want - found.len(), lanes.len());
            try_join_all(lanes.iter_mut().filter(|l| l.is_dry()).map(|l| self.fill(cx, listing, l, share))).await?;
            if !merge(listing, &mut lanes, &mut found, want) && lanes.iter().all(|l| l.ended) {
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

    async fn fill(&self, cx: &Cx, listing: &Listing, lane: &mut Lane, limit: usize) -> Result<(), TableError> {
        let call = self
            .client
            .sdk()
            .query()
            .table_name(&self.name)
            .index_name(listing.index)
            .expression_attribute_names("#partition", listing.partition)
            .expression_attribute_values(":partition", AttributeValue::S(lane.partition.clone()))
            .scan_index_forward(listing.order == Order::Ascending)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let call = match &lane.after {
            None => call.key_condition_expression("#partition = :partition"),
            Some(after) => call
                .key_condition_expression(match listing.order {
                    Order::Ascending => "#partition = :partition AND #id > :after",
                    Order::Descending => "#partition = :partition AND #id < :after",
                })
                .expression_attribute_names("#id", ID)
                .expression_attribute_values(":after", AttributeValue::S(after.clone())),
        };
        let send = || read("Query", call.clone().send());
        let answer = self.client.call(cx, &[&self.name], Kind::Read, "Query", send).await?.value;
        meter::capacity(cx, Kind::Read, answer.consumed_capacity());
        lane.ended = answer.last_evaluated_key.is_none();
        for attributes in answer.items.unwrap_or_default() {
            let id = attributes.get(ID).and_then(|id| id.as_s().ok()).cloned();
            let id = id.ok_or_else(|| TableError::Corrupt(format!("an item of {} has no {}", listing.index, ID)))?;
            lane.after = Some(id.clone());
            lane.ready.push_back((id, attributes));
        }
        Ok(())
    }

    /// The items of a page, from what the index knew of them. What the index lacks, or has older than the client has
    /// seen, is read from the table, and dropped if it has left the listing meanwhile.
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

/// Moves items from the lanes to `found`, in order, until it holds `want` or a lane runs dry; false when there was none.
fn merge(listing: &Listing, lanes: &mut [Lane], found: &mut Vec<(String, Attributes)>, want: usize) -> bool {
    let before = found.len();
    while found.len() < want && !lanes.iter().any(Lane::is_dry) {
        let heads = lanes.iter_mut().filter(|lane| !lane.ready.is_empty());
        let Some(lane) = heads.min_by(|a, b| listing.compare(&a.ready[0].0, &b.ready[0].0)) else { break };
        let Some((id, attributes)) = lane.ready.pop_front() else { break };
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

/// How many items to ask each of `lanes` shards for, when `want` are missing: its share and three standard deviations,
/// so that a second round is rare.
fn share(want: usize, lanes: usize) -> usize {
    let even = want.div_ceil(lanes.max(1));
    if lanes <= 1 { want } else { want.min(even + 3 * even.isqrt() + 1) }
}
