//! An index over all its shards, in one order.
//!
//! Each shard is a partition in the order of the ids, so that a page is a merge: the shards are asked in parallel, for
//! about their share of the page, and one that runs out before the page is full is asked again.

use super::{
    Attribute, Consistency, Item, Order, Page, Position, Table, TableError,
    item::from_attributes,
    meter::{self, Kind, Timer},
};
use crate::context::Cx;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::future::try_join_all;
use std::{cmp::Ordering, collections::VecDeque};

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
}

/// The sort key of every index that is listed.
const ID: &str = "id";

impl Listing {
    /// The listing of `group` in `index`, whose partition key is the attribute `partition`; ascending.
    pub fn new(index: &'static str, partition: &'static str, group: impl Into<String>) -> Self {
        Self { index, partition, group: group.into(), order: Order::Ascending }
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
struct Lane<I> {
    partition: String,
    after: Option<String>,
    ready: VecDeque<(String, I)>,
    ended: bool,
}

impl<I> Lane<I> {
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
        let mut lanes: Vec<Lane<I>> = self
            .shards
            .keys(&listing.group)
            .map(|partition| Lane { partition, after: after.clone(), ready: VecDeque::new(), ended: false })
            .collect();
        // One more than asked for tells whether there is a next page.
        let want = limit.saturating_add(1);
        let mut found: Vec<(String, I)> = Vec::new();
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
        let items = self.refresh(cx, listing, found.into_iter().map(|(_, item)| item).collect()).await?;
        Ok(Page { items, next })
    }

    async fn fill(&self, cx: &Cx, listing: &Listing, lane: &mut Lane<I>, limit: usize) -> Result<(), TableError> {
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
        let answer = self.client.call(cx, Kind::Read, "Query", call.send()).await?;
        let answer = answer.map_err(|e| TableError::from_sdk("Query", &e))?;
        meter::capacity(cx, Kind::Read, answer.consumed_capacity());
        lane.ended = answer.last_evaluated_key.is_none();
        for attributes in answer.items.unwrap_or_default() {
            let id = attributes.get(ID).and_then(|id| id.as_s().ok()).cloned();
            let id = id.ok_or_else(|| TableError::Corrupt(format!("an item of {} has no id", listing.index)))?;
            lane.after = Some(id.clone());
            lane.ready.push_back((id, from_attributes(attributes)?));
        }
        Ok(())
    }

    /// Replaces what is older than the client has seen by what the table holds, and drops what has left the listing.
    async fn refresh(&self, cx: &Cx, listing: &Listing, mut items: Vec<I>) -> Result<Vec<I>, TableError> {
        let is_older = |item: &I| item.version() < cx.seen.least(&item.entity());
        let older: Vec<_> = items.iter().filter(|item| is_older(item)).map(I::key).collect();
        if older.is_empty() {
            return Ok(items);
        }
        cx.event.count("table_read_again", 1);
        let mut newer = self.client.read_keys(cx, &self.name, older, Consistency::Strong).await?;
        let mut kept = Vec::with_capacity(items.len());
        for item in items.drain(..) {
            if !is_older(&item) {
                kept.push(item);
            } else if let Some(attributes) = newer.remove(&item.key()) {
                let item: I = from_attributes(attributes)?;
                if self.is_listed(listing, &item) {
                    kept.push(item);
                }
            }
        }
        Ok(kept)
    }

    fn is_listed(&self, listing: &Listing, item: &I) -> bool {
        item.attributes(self.shards).iter().any(|(name, value)| {
            let shard = |text: &str| text.rsplit_once('#').is_some_and(|(group, _)| group == listing.group);
            *name == listing.partition && matches!(value, Attribute::Text(text) if shard(text))
        })
    }

    /// The scope of a cursor for `listing`: see [`Cursors`](super::Cursors).
    pub fn listing_scope(&self, listing: &Listing) -> String {
        format!("{}|{}|{}|{:?}", self.name, listing.index, listing.group, listing.order)
    }
}

/// Moves items from the lanes to `found`, in order, until it holds `want` or a lane runs dry; false when there was none.
fn merge<I: Item>(listing: &Listing, lanes: &mut [Lane<I>], found: &mut Vec<(String, I)>, want: usize) -> bool {
    let before = found.len();
    while found.len() < want && !lanes.iter().any(Lane::is_dry) {
        let heads = lanes.iter_mut().filter(|lane| !lane.ready.is_empty());
        let Some(lane) = heads.min_by(|a, b| listing.compare(&a.ready[0].0, &b.ready[0].0)) else { break };
        let Some((id, item)) = lane.ready.pop_front() else { break };
        // While an item moves to another shard, the index may show it in both.
        match found.last_mut() {
            Some((last, other)) if *last == id => {
                if item.version() > other.version() {
                    *other = item;
                }
            }
            _ => found.push((id, item)),
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
