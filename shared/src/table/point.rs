//! One item by its key.

use super::{
    Client, Condition, Consistency, Item, Shards, TableError,
    call::read,
    coding::{from_attributes, to_attributes},
    condition::Expression,
    conditional::{ended, written},
    kind::Kind,
    meter::{self, Timer},
    n_plus_one,
};
use crate::{context::Cx, telemetry::fields, version::Version};
use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure},
};
use std::{fmt, marker::PhantomData};

const OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// A table, or the part of one, that holds items of one type. Several types may share a physical
/// table.
pub struct Table<I> {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) shards: Shards,
    item: PhantomData<fn() -> I>,
}

impl<I: Item> Table<I> {
    /// The table `name`, whose listings are spread over `shards`.
    pub fn new(client: &Client, name: impl Into<String>, shards: Shards) -> Self {
        Self { client: client.clone(), name: name.into(), shards, item: PhantomData }
    }

    /// The item that `key` names. If an [`Eventual`](Consistency::Eventual) read returns an older
    /// version than the client has seen, or none, it is repeated as a
    /// [`Strong`](Consistency::Strong) one.
    pub async fn get(&self, cx: &Cx, key: &I::Key, how: Consistency) -> Result<Option<I>, TableError> {
        n_plus_one::one_read(cx, &self.client, &self.name);
        let _timer = Timer::start(cx);
        let item = self.get_once(cx, key, how).await?;
        let version = item.as_ref().map_or(Version(0), I::version);
        if how.is_strong() || version >= cx.seen.least(&I::entity_of(key)) {
            return Ok(item);
        }
        cx.event.count(fields::TABLE_READ_AGAIN, 1);
        self.get_once(cx, key, Consistency::Strong).await
    }

    async fn get_once(&self, cx: &Cx, key: &I::Key, how: Consistency) -> Result<Option<I>, TableError> {
        let send = || {
            let call = self.client.sdk().get_item().table_name(&self.name);
            let call = call.set_key(Some(I::key_of(key).attributes())).consistent_read(how.is_strong());
            read("GetItem", call.return_consumed_capacity(ReturnConsumedCapacity::Total).send())
        };
        let answer = self.client.call(cx, &[&self.name], Kind::Read, "GetItem", send).await?.value;
        meter::capacity(cx, Kind::Read, answer.consumed_capacity());
        answer.item.map(from_attributes).transpose()
    }

    /// Writes a new item. [`TableError::Conflict`] if its key has an item already, which may be a
    /// tombstone.
    pub async fn create(&self, cx: &Cx, item: &I) -> Result<(), TableError> {
        self.put(cx, item, &Condition::Absent).await
    }

    /// Writes `item` over the version that it was made from. [`TableError::Conflict`] if another
    /// version is stored.
    pub async fn replace(&self, cx: &Cx, item: &I, expect: Version) -> Result<(), TableError> {
        self.put(cx, item, &Condition::At(expect)).await
    }

    /// Writes `item` if `condition` holds, else [`TableError::Conflict`]. The client counts as
    /// having seen what was written.
    pub async fn put(&self, cx: &Cx, item: &I, condition: &Condition) -> Result<(), TableError> {
        let _timer = Timer::start(cx);
        let attributes = to_attributes(item, self.shards)?;
        let send = || {
            let Expression { text, names, values } = condition.into();
            let call = self.client.sdk().put_item().table_name(&self.name).set_item(Some(attributes.clone()));
            let call = call.set_condition_expression(text);
            let call = call.set_expression_attribute_names(names).set_expression_attribute_values(values);
            let call = call.return_values_on_condition_check_failure(OLD);
            let sent = call.return_consumed_capacity(ReturnConsumedCapacity::Total).send();
            async {
                written(
                    "PutItem",
                    sent.await,
                    |done| done.consumed_capacity,
                    |error| match error {
                        PutItemError::ConditionalCheckFailedException(failed) => Some(failed.item().cloned()),
                        _ => None,
                    },
                )
            }
        };
        let answer = self.client.call(cx, &[&self.name], Kind::Write, "PutItem", send).await?;
        // The answer to an earlier try was lost, and the item in the way is its work.
        ended(cx, answer, |found| found.is_some_and(|found| found.is(&attributes)))?;
        cx.seen.note(&item.entity(), item.version());
        Ok(())
    }

    /// Removes the item, if it exists. For items without tombstones only: if clients or caches may
    /// have a version of the item, a tombstone must replace it, or a late writer could bring it
    /// back.
    pub async fn delete(&self, cx: &Cx, key: &I::Key) -> Result<(), TableError> {
        self.delete_if(cx, key, &Condition::Any).await
    }

    /// Removes the item if `condition` holds, else [`TableError::Conflict`].
    pub async fn delete_if(&self, cx: &Cx, key: &I::Key, condition: &Condition) -> Result<(), TableError> {
        let _timer = Timer::start(cx);
        let send = || {
            let Expression { text, names, values } = condition.into();
            let call = self.client.sdk().delete_item().table_name(&self.name);
            let call = call.set_key(Some(I::key_of(key).attributes())).set_condition_expression(text);
            let call = call.set_expression_attribute_names(names).set_expression_attribute_values(values);
            let call = call.return_values_on_condition_check_failure(OLD);
            let sent = call.return_consumed_capacity(ReturnConsumedCapacity::Total).send();
            async {
                written(
                    "DeleteItem",
                    sent.await,
                    |done| done.consumed_capacity,
                    |error| match error {
                        DeleteItemError::ConditionalCheckFailedException(failed) => Some(failed.item().cloned()),
                        _ => None,
                    },
                )
            }
        };
        let answer = self.client.call(cx, &[&self.name], Kind::Write, "DeleteItem", send).await?;
        // The answer to an earlier try was lost, and the item is gone, as it should be.
        ended(cx, answer, |found| found.is_none())
    }
}

impl<I> Clone for Table<I> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), name: self.name.clone(), shards: self.shards, item: PhantomData }
    }
}

impl<I> fmt::Debug for Table<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({})", self.name)
    }
}
