//! Counters in one item, which are changed and read in the same call.
//!
//! An `ADD` is atomic, and its answer has the sums. So each caller learns its place in the order of
//! all additions, and a limit needs one write for a request, without a condition that would fail
//! under contention.

use super::{
    Client, Key, TableError,
    call::read,
    condition::EXPIRES_AT,
    kind::Kind,
    meter::{self, Timer},
};
use crate::context::Cx;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, ReturnValue};
use std::{collections::BTreeMap, fmt::Write as _};

/// A table whose items have sums by name. It has the partition key `pk` and a time to live.
#[derive(Debug, Clone)]
pub struct AtomicCounters {
    client: Client,
    name: String,
}

impl AtomicCounters {
    /// The sums in the table `name`.
    pub fn new(client: &Client, name: impl Into<String>) -> Self {
        Self { client: client.clone(), name: name.into() }
    }

    /// Adds `adds` to the sums of the item `key`, removes the sums in `drops` (at most a hundred),
    /// lets the item expire at the second `ends_at`, and returns the sums after that. It adds at
    /// least once: if an answer is lost, the retry adds again, and after an error the numbers may
    /// have been added. A call with a negative number is tried only once, so a sum is never too
    /// low.
    pub async fn add(
        &self,
        cx: &Cx,
        key: &str,
        adds: &[(&str, i64)],
        drops: &[&str],
        ends_at: i64,
    ) -> Result<BTreeMap<String, i64>, TableError> {
        let _timer = Timer::start(cx);
        let (mut text, mut values) = (format!("SET {EXPIRES_AT} = :ends"), Vec::new());
        let mut names = Vec::new();
        for (word, list) in [("ADD", adds.iter().map(|(name, _)| *name).collect()), ("REMOVE", drops.to_vec())] {
            for (at, name) in list.into_iter().enumerate() {
                let separator = if at == 0 { format!(" {word} ") } else { ", ".to_owned() };
                let n = names.len();
                // Writing to a string does not fail.
                let _ = write!(text, "{separator}#n{n}");
                if word == "ADD" {
                    let _ = write!(text, " :n{n}");
                }
                names.push((format!("#n{n}"), name.to_owned()));
            }
        }
        values.push((":ends".to_owned(), AttributeValue::N(ends_at.to_string())));
        values
            .extend(adds.iter().enumerate().map(|(n, (_, by))| (format!(":n{n}"), AttributeValue::N(by.to_string()))));
        let call = self.client.sdk().update_item().table_name(&self.name);
        let call = call.set_key(Some(Key::simple(key).attributes())).update_expression(text);
        let call = call.set_expression_attribute_names((!names.is_empty()).then(|| names.into_iter().collect()));
        let call = call.set_expression_attribute_values(Some(values.into_iter().collect()));
        let call = call.return_values(ReturnValue::AllNew).return_consumed_capacity(ReturnConsumedCapacity::Total);
        let kind = if adds.iter().any(|(_, by)| *by < 0) { Kind::SumOnce } else { Kind::Sum };
        let send = || read("UpdateItem", call.clone().send());
        let answer = self.client.call(cx, &[&self.name], kind, "UpdateItem", send).await?.value;
        meter::capacity(cx, kind, answer.consumed_capacity());
        let all = answer.attributes.unwrap_or_default().into_iter().filter(|(name, _)| name != EXPIRES_AT);
        Ok(all.filter_map(|(name, value)| Some((name, value.as_n().ok()?.parse().ok()?))).collect())
    }
}
