//! A loop that reads one item after the other, noticed.
//!
//! Forty gets of 4 ms are a slow page; the same forty keys in one [`get_many`](super::Table::get_many) are 6 ms. The
//! pattern ("N+1") is easy to write and invisible in review, so the table counts.

use super::Client;
use crate::context::Cx;
use serde_json::{Map, Value};

/// How many items one request may read from one table one by one; the next is reported.
pub const ONE_BY_ONE_MAX: u64 = 10;

const GETS: &str = "table_gets";

/// Notes a single read of `table`. The eleventh of one request warns, with the request's `route` fact, counts
/// `table_loops`, and with a client that is [strict](Client::strict), as in every test, panics.
pub(super) fn one_read(cx: &Cx, client: &Client, table: &str) {
    let mut gets = match cx.event.fact(GETS) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let count = gets.get(table).and_then(Value::as_u64).unwrap_or_default() + 1;
    gets.insert(table.to_owned(), count.into());
    cx.event.set(GETS, gets);
    if count == ONE_BY_ONE_MAX + 1 {
        cx.event.count("table_loops", 1);
        let route = cx.event.fact("route").unwrap_or_default();
        let route = route.as_str().unwrap_or("unknown");
        tracing::warn!(route, table, reads = count, "reads one table in a loop; get_many reads it in one call");
        assert!(!client.is_strict(), "{route} reads {table} in a loop: use get_many");
    }
}
