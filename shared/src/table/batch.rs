//! Many items in one call.
//!
//! DynamoDB may process only a part of a batch, and still answer 200. The rest is sent again, with
//! backoff and jitter, until it is done or the request's time is over. Source: "Error handling with
//! DynamoDB", section "Batch operations and error handling", AWS documentation
//! (`Programming.Errors.html`).

use super::{
    Client, Consistency, Item, Key, Table, TableError,
    call::read,
    client,
    coding::{from_attributes, to_attributes},
    item::{Attributes, version_of},
    kind::Kind,
    meter::{self, Timer},
};
use crate::{context::Cx, resilience::Backoff, telemetry::fields, version::Version};
use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, ReturnConsumedCapacity, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{
    borrow::Borrow,
    collections::{BTreeSet, HashMap},
    time::Duration,
};

/// The most keys that one BatchGetItem takes.
const READ_MAX: usize = 100;
/// The most items that one BatchWriteItem takes.
const WRITE_MAX: usize = 25;
/// How many calls run at the same time.
const PARALLEL: usize = 8;

impl<I: Item> Table<I> {
    /// The items that `keys` name, in their order, `None` where there is none. There may be any
    /// number of keys; a call reads 100, each key once. Items that are older than the client has
    /// seen are read again as in [`get`](Self::get), in one call.
    pub async fn get_many(&self, cx: &Cx, keys: &[I::Key], how: Consistency) -> Result<Vec<Option<I>>, TableError> {
        let _timer = Timer::start(cx);
        let names: Vec<Key> = keys.iter().map(I::key_of).collect();
        let mut found = self.client.read_keys(cx, &self.name, names.iter().cloned(), how).await?;
        if !how.is_strong() {
            let mut older = Vec::new();
            for (key, name) in keys.iter().zip(&names) {
                let least = cx.seen.least(&I::entity_of(key));
                if least > Version(0) && found.get(name).and_then(version_of).unwrap_or_default() < least {
                    older.push(name.clone());
                }
            }
            if !older.is_empty() {
                cx.event.count(fields::TABLE_READ_AGAIN, 1);
                // An item that was deleted must not stay as the replica had it.
                found.retain(|name, _| !older.contains(name));
                found.extend(self.client.read_keys(cx, &self.name, older, Consistency::Strong).await?);
            }
        }
        // `keys` may name a key twice, so its attributes must stay.
        names.iter().map(|name| found.get(name).cloned().map(from_attributes).transpose()).collect()
    }

    /// Writes `items` over whatever is stored, 25 in a call, several calls at a time. For seeding
    /// and imports; not for requests, because it checks no condition and no version. After each
    /// call it passes to `progress` how many items from the beginning are written, so that a run
    /// that was stopped can continue there.
    pub async fn write_all<B: Borrow<I>>(
        &self,
        cx: &Cx,
        items: impl IntoIterator<Item = B>,
        mut progress: impl FnMut(usize),
    ) -> Result<usize, TableError> {
        let _timer = Timer::start(cx);
        let mut items = items.into_iter();
        let batches = std::iter::from_fn(|| {
            let batch: Vec<B> = items.by_ref().take(WRITE_MAX).collect();
            if batch.is_empty() { None } else { Some(batch) }
        });
        let mut calls =
            std::pin::pin!(stream::iter(batches).map(|batch| self.write_batch(cx, batch)).buffered(PARALLEL));
        let mut written = 0;
        while let Some(count) = calls.try_next().await? {
            written += count;
            progress(written);
        }
        Ok(written)
    }

    async fn write_batch<B: Borrow<I>>(&self, cx: &Cx, batch: Vec<B>) -> Result<usize, TableError> {
        let count = batch.len();
        // A call must not name a key twice. Of two items with the same key the later one is
        // written.
        let mut by_key = HashMap::with_capacity(count);
        for item in batch.iter().map(Borrow::borrow) {
            by_key.insert(item.key(), to_attributes(item, self.shards)?);
        }
        let mut rest = Vec::with_capacity(by_key.len());
        for attributes in by_key.into_values() {
            let put = PutRequest::builder().set_item(Some(attributes)).build().map_err(unbuilt)?;
            rest.push(WriteRequest::builder().put_request(put).build());
        }
        let mut backoff = backoff();
        loop {
            let call = self.client.sdk().batch_write_item().request_items(&self.name, rest);
            let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total);
            let send = || read("BatchWriteItem", call.clone().send());
            let answer = self.client.call(cx, &[&self.name], Kind::Write, "BatchWriteItem", send).await?.value;
            meter::capacity(cx, Kind::Write, answer.consumed_capacity());
            rest = answer.unprocessed_items.and_then(|mut all| all.remove(&self.name)).unwrap_or_default();
            if rest.is_empty() {
                return Ok(count);
            }
            cx.event.count(fields::TABLE_UNPROCESSED, rest.len() as u64);
            client::pause(cx, "BatchWriteItem", &mut backoff).await?;
        }
    }
}

impl Client {
    /// What is stored under `keys`; each key is read once.
    pub(super) async fn read_keys(
        &self,
        cx: &Cx,
        table: &str,
        keys: impl IntoIterator<Item = Key>,
        how: Consistency,
    ) -> Result<HashMap<Key, Attributes>, TableError> {
        let keys: Vec<Key> = keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        // Collected: as a lazy iterator the future would not be `Send` (rust-lang/rust#102211).
        let calls: Vec<_> = keys.chunks(READ_MAX).map(|chunk| self.read_chunk(cx, table, chunk, how)).collect();
        let answers: Vec<_> = stream::iter(calls).buffer_unordered(PARALLEL).try_collect().await?;
        let all = answers.into_iter().flatten();
        Ok(all.filter_map(|attributes| Some((Key::from_attributes(&attributes)?, attributes))).collect())
    }

    async fn read_chunk(
        &self,
        cx: &Cx,
        table: &str,
        keys: &[Key],
        how: Consistency,
    ) -> Result<Vec<Attributes>, TableError> {
        let keys = keys.iter().map(Key::attributes).collect();
        let mut asked = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(how.is_strong())
            .build()
            .map_err(unbuilt)?;
        let mut found = Vec::new();
        let mut backoff = backoff();
        loop {
            let call = self.sdk().batch_get_item().request_items(table, asked);
            let call = call.return_consumed_capacity(ReturnConsumedCapacity::Total);
            let send = || read("BatchGetItem", call.clone().send());
            let answer = self.call(cx, &[table], Kind::Read, "BatchGetItem", send).await?.value;
            meter::capacity(cx, Kind::Read, answer.consumed_capacity());
            found.extend(answer.responses.and_then(|mut all| all.remove(table)).unwrap_or_default());
            asked = match answer.unprocessed_keys.and_then(|mut all| all.remove(table)) {
                Some(rest) if !rest.keys().is_empty() => rest,
                _ => return Ok(found),
            };
            cx.event.count(fields::TABLE_UNPROCESSED, asked.keys().len() as u64);
            client::pause(cx, "BatchGetItem", &mut backoff).await?;
        }
    }
}

fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(25), Duration::from_secs(1))
}

/// The error for a request that lacks a required part. This cannot happen, but the compiler cannot
/// know it.
pub(super) fn unbuilt(error: impl std::fmt::Display) -> TableError {
    TableError::Refused { operation: "a request", cause: error.to_string() }
}
