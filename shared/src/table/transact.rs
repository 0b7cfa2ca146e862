//! Several writes, or none of them.
//!
//! DynamoDB checks all conditions and applies all writes at one moment, of up to 100 items in any tables of the
//! region. Source: "Amazon DynamoDB Transactions: How it works", AWS documentation (`transaction-apis.html`). A
//! transaction costs twice its writes.

use super::{
    Client, Condition, Item, Reason, Table, TableError,
    batch::unbuilt,
    client,
    condition::Expression,
    item::to_attributes,
    meter::{self, Kind, Timer},
};
use crate::{context::Cx, version::Version};
use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        ConditionCheck, Delete, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    },
};

const OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// One write of a transaction. What is wrong with it comes out when the transaction is sent.
#[derive(Debug)]
#[must_use = "a write happens in Client::transact"]
pub struct Write {
    pub(super) write: Result<TransactWriteItem, TableError>,
    /// What the client has seen when the transaction is through.
    pub(super) seen: Option<(String, Version)>,
}

impl<I: Item> Table<I> {
    /// A new item; see [`create`](Self::create).
    pub fn creating(&self, item: &I) -> Write {
        self.putting(item, &Condition::Absent)
    }

    /// The next version of an item; see [`replace`](Self::replace).
    pub fn replacing(&self, item: &I, expect: Version) -> Write {
        self.putting(item, &Condition::At(expect))
    }

    /// An item, if `condition` holds.
    pub fn putting(&self, item: &I, condition: &Condition) -> Write {
        let Expression { text, names, values } = condition.into();
        let write = to_attributes(item, self.shards).and_then(|attributes| {
            let put = Put::builder()
                .table_name(&self.name)
                .set_item(Some(attributes))
                .set_condition_expression(text)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(OLD);
            Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
        });
        Write { write, seen: Some((item.entity(), item.version())) }
    }

    /// No item under `key` any more, if `condition` holds.
    pub fn deleting(&self, key: &I::Key, condition: &Condition) -> Write {
        let Expression { text, names, values } = condition.into();
        let delete = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(I::key_of(key).attributes()))
            .set_condition_expression(text)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(OLD)
            .build();
        Write { write: delete.map(|d| TransactWriteItem::builder().delete(d).build()).map_err(unbuilt), seen: None }
    }

    /// Nothing, but only if `condition` holds of the item under `key`. An item must not be checked and written in the
    /// same transaction.
    pub fn checking(&self, key: &I::Key, condition: &Condition) -> Write {
        let Expression { text, names, values } = condition.into();
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(I::key_of(key).attributes()))
            .set_condition_expression(text)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(OLD)
            .build();
        let write = check.map(|c| TransactWriteItem::builder().condition_check(c).build()).map_err(unbuilt);
        Write { write, seen: None }
    }
}

impl Client {
    /// All of `writes`, or none: [`TableError::Cancelled`] has a reason for each, in order. While other transactions
    /// hold an item it is tried again; if they still do in the end, the error [is busy](TableError::is_busy).
    ///
    /// A retry after a lost answer is safe: the SDK sends the same request token, and DynamoDB answers for ten minutes
    /// what it answered first.
    pub async fn transact(&self, cx: &Cx, writes: Vec<Write>) -> Result<(), TableError> {
        if writes.is_empty() {
            return Ok(());
        }
        let _timer = Timer::start(cx);
        let mut items = Vec::with_capacity(writes.len());
        let mut seen = Vec::new();
        for write in writes {
            items.push(write.write?);
            seen.extend(write.seen);
        }
        client::patiently(cx, "TransactWriteItems", || self.transact_once(cx, items.clone())).await?;
        for (entity, version) in seen {
            cx.seen.note(&entity, version);
        }
        Ok(())
    }

    async fn transact_once(&self, cx: &Cx, items: Vec<TransactWriteItem>) -> Result<(), TableError> {
        let send = self
            .sdk()
            .transact_write_items()
            .set_transact_items(Some(items))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        match self.call(cx, Kind::Write, "TransactWriteItems", send).await? {
            Ok(answer) => meter::capacity(cx, Kind::Write, answer.consumed_capacity()),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    return Err(TableError::Cancelled(
                        cancelled.cancellation_reasons().iter().map(Reason::read).collect(),
                    ));
                }
                _ => return Err(TableError::from_sdk("TransactWriteItems", &error)),
            },
        }
        Ok(())
    }
}
