//! Several writes, or none of them.
//!
//! DynamoDB checks all conditions and applies all writes at one moment, of up to 100 items in any
//! tables of the region. Source: "Amazon DynamoDB Transactions: How it works", AWS documentation
//! (`transaction-apis.html`). A transaction costs twice its writes.

use super::{
    Client, Condition, Item, Reason, Table, TableError,
    batch::unbuilt,
    coding::to_attributes,
    condition::Expression,
    kind::Kind,
    meter::{self, Timer},
    trouble::{Trouble, TroubleKind},
};
use crate::{context::Cx, version::Version};
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        ConditionCheck, Delete, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    },
};
use uuid::Uuid;

const OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// One write of a transaction. An error in it is reported when the transaction is sent.
#[derive(Debug)]
#[must_use = "a write happens in Client::transact"]
pub struct Write {
    /// The table that it is for.
    pub(super) table: String,
    pub(super) request: Result<TransactWriteItem, TableError>,
    /// What the client has seen once the transaction has succeeded.
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
        Write { table: self.name.clone(), request: write, seen: Some((item.entity(), item.version())) }
    }

    /// Removes the item under `key`, if `condition` holds.
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
        let write = delete.map(|d| TransactWriteItem::builder().delete(d).build()).map_err(unbuilt);
        Write { table: self.name.clone(), request: write, seen: None }
    }

    /// Writes nothing, but requires that `condition` holds for the item under `key`. A transaction
    /// must not check and write the same item.
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
        Write { table: self.name.clone(), request: write, seen: None }
    }
}

impl Client {
    /// All of `writes`, or none: [`TableError::Cancelled`] has a reason for each, in order. While
    /// other transactions hold an item it is tried again; if they still do in the end, the error
    /// [is busy](TableError::is_busy).
    ///
    /// A retry after a lost answer is safe: all tries have the same request token, and DynamoDB
    /// carries out one of them ("TransactWriteItems", `ClientRequestToken`, for ten minutes).
    pub async fn transact(&self, cx: &Cx, writes: Vec<Write>) -> Result<(), TableError> {
        if writes.is_empty() {
            return Ok(());
        }
        let _timer = Timer::start(cx);
        let (mut tables, mut items, mut seen) = (Vec::new(), Vec::with_capacity(writes.len()), Vec::new());
        for Write { table, request, seen: noted } in writes {
            tables.push(table);
            items.push(request?);
            seen.extend(noted);
        }
        let tables: Vec<_> = tables.iter().map(String::as_str).collect();
        let token = Uuid::new_v4().to_string();
        let send = || {
            let call = self.sdk().transact_write_items().set_transact_items(Some(items.clone()));
            let call = call.client_request_token(&token).return_consumed_capacity(ReturnConsumedCapacity::Total);
            let sent = call.send();
            async { sent.await.map_err(|error| trouble(&error)) }
        };
        let answer = self.call(cx, &tables, Kind::Write, OPERATION, send).await?.value;
        meter::capacity(cx, Kind::Write, answer.consumed_capacity());
        for (entity, version) in seen {
            cx.seen.note(&entity, version);
        }
        Ok(())
    }
}

const OPERATION: &str = "TransactWriteItems";

fn trouble(error: &SdkError<TransactWriteItemsError>) -> Trouble {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Trouble::of(OPERATION, error);
    };
    let error = TableError::Cancelled(cancelled.cancellation_reasons().iter().map(Reason::read).collect());
    let kind = match &error {
        error if error.is_busy() => TroubleKind::Busy,
        error if error.is_unavailable() && !error.is_condition() => TroubleKind::Throttled,
        _ => TroubleKind::Final,
    };
    Trouble::new(kind, error)
}
