//! One partition, in the order of its sort keys.
//!
//! A page continues after a key, not after a count: a count shifts when something is written before
//! it, and DynamoDB would read everything that is skipped, and bill it.

use super::{
    Consistency, Item, Key, Table, TableError,
    call::read,
    coding::from_attributes,
    item::SK,
    kind::Kind,
    meter::{self, Timer},
};
use crate::context::Cx;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};

/// The longest sort key at which a page may end: a cursor must hold it within 512 bytes.
pub(super) const POSITION_MAX: usize = 358;

/// In which direction a partition is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest sort key to the greatest. If the ids begin with a time, the oldest is
    /// first.
    Ascending,
    /// From the greatest to the smallest.
    Descending,
}

/// The sort key of the last item of a page: the next page begins after it, whether or not it still
/// exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position(String);

impl Position {
    /// After the item with this sort key. For a reader that does not use all that it has read.
    pub fn after(sort_key: impl Into<String>) -> Result<Self, TableError> {
        Self::new(sort_key.into())
    }

    /// The sort key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn new(sort_key: String) -> Result<Self, TableError> {
        if sort_key.len() > POSITION_MAX {
            return Err(TableError::Corrupt(format!("a sort key of {} bytes fits in no cursor", sort_key.len())));
        }
        Ok(Self(sort_key))
    }
}

/// A part of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<I> {
    /// The items, in order: as many as requested, unless the listing ends here.
    pub items: Vec<I>,
    /// Where the next page begins; `None` when this one is the last.
    pub next: Option<Position>,
}

/// What to read of one partition.
#[derive(Debug, Clone)]
pub struct PartitionQuery {
    pk: String,
    prefix: String,
    order: Direction,
    how: Consistency,
}

impl PartitionQuery {
    /// All of a partition, ascending, eventually consistent.
    pub fn of(pk: impl Into<String>) -> Self {
        Self { pk: pk.into(), prefix: String::new(), order: Direction::Ascending, how: Consistency::Eventual }
    }

    /// Only sort keys that begin with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// In this direction.
    #[must_use]
    pub fn order(mut self, order: Direction) -> Self {
        self.order = order;
        self
    }

    /// With this consistency.
    #[must_use]
    pub fn consistency(mut self, how: Consistency) -> Self {
        self.how = how;
        self
    }
}

impl<I: Item> Table<I> {
    /// At most `limit` items of a partition, after `after`. If the client has seen an item of the
    /// partition, an eventual query is made as a strong one, because nobody can tell what an
    /// eventual answer lacks.
    pub async fn query(
        &self,
        cx: &Cx,
        query: &PartitionQuery,
        limit: usize,
        after: Option<&Position>,
    ) -> Result<Page<I>, TableError> {
        let _timer = Timer::start(cx);
        let inside = format!("{}/", query.pk);
        let strong = query.how.is_strong() || cx.seen.all().iter().any(|(entity, _)| entity.starts_with(&inside));
        // One item more than requested shows whether there is a next page.
        let want = limit.saturating_add(1);
        let mut found = Vec::new();
        let mut start = after.map(|position| Key::sorted(&query.pk, position.as_str()).attributes());
        loop {
            let call = self
                .client
                .sdk()
                .query()
                .table_name(&self.name)
                .key_condition_expression(if query.prefix.is_empty() {
                    "#pk = :pk"
                } else {
                    "#pk = :pk AND begins_with(#sk, :prefix)"
                })
                .expression_attribute_names("#pk", super::item::PK)
                .expression_attribute_values(":pk", AttributeValue::S(query.pk.clone()))
                .scan_index_forward(query.order == Direction::Ascending)
                .limit(i32::try_from(want - found.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .consistent_read(strong)
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let call = if query.prefix.is_empty() {
                call
            } else {
                call.expression_attribute_names("#sk", SK)
                    .expression_attribute_values(":prefix", AttributeValue::S(query.prefix.clone()))
            };
            let send = || read("Query", call.clone().send());
            let answer = self.client.call(cx, &[&self.name], Kind::Read, "Query", send).await?.value;
            meter::capacity(cx, Kind::Read, answer.consumed_capacity());
            found.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            // A reply also ends after 1 MB, with fewer items than requested.
            if start.is_none() || found.len() >= want {
                break;
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = match found.last().and_then(Key::from_attributes).and_then(|key| key.sk) {
            Some(sk) if more => Some(Position::new(sk)?),
            _ => None,
        };
        Ok(Page { items: found.into_iter().map(from_attributes).collect::<Result<_, _>>()?, next })
    }
    /// What a cursor for `query` is bound to: see [`Cursors`](super::Cursors).
    pub fn query_scope(&self, query: &PartitionQuery) -> String {
        format!("{}|{}|{}|{:?}", self.name, query.pk, query.prefix, query.order)
    }
}
