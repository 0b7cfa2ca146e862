//! Notices a loop that reads one item after the other.
//!
//! Forty gets of 4 ms are a slow page; the same forty keys in one
//! [`get_many`](super::Table::get_many) take 6 ms. This pattern ("N+1") is easy to write and hard
//! to see in review, so the table counts.

use super::Client;
use crate::{context::Cx, telemetry::fields};

/// How many items one request may read from one table one by one; the next is reported.
pub const ONE_BY_ONE_MAX: u64 = 10;

/// Notes a single read of `table`. The eleventh of one request warns, with the name of the route,
/// and counts `table_loops`. With a client that is [strict](Client::strict), as in every test, it
/// panics.
pub(super) fn one_read(cx: &Cx, client: &Client, table: &str) {
    let reads = cx.single_reads.note(table);
    if reads == ONE_BY_ONE_MAX + 1 {
        cx.event.count(fields::TABLE_LOOPS, 1);
        let route = cx.route.get().copied().unwrap_or("unknown");
        tracing::warn!(route, table, reads, "reads one table in a loop; get_many reads it in one call");
        assert!(!client.is_strict(), "{route} reads {table} in a loop: use get_many");
    }
}
