//! What a call cost, for the wide event.

use super::kind::Kind;
use crate::{context::Cx, telemetry::fields};
use aws_sdk_dynamodb::types::ConsumedCapacity;
use std::time::Instant;

/// Counts one request, a try, before it is made: a request that fails was made too.
pub(super) fn request(cx: &Cx, kind: Kind) {
    cx.event.count(if kind.is_read() { fields::TABLE_READS } else { fields::TABLE_WRITES }, 1);
}

/// Adds the capacity that a request says it consumed, in units of the AWS bill: half a unit is an
/// eventual read of 4 KB.
pub(super) fn capacity<'a>(cx: &Cx, kind: Kind, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    let field = if kind.is_read() { fields::RCU } else { fields::WCU };
    let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
    if units > 0.0 {
        cx.event.add(field, units);
    }
}

/// Adds the time until it is dropped to the layer `table`.
pub(super) struct Timer<'a> {
    cx: &'a Cx,
    start: Instant,
}

impl<'a> Timer<'a> {
    pub(super) fn start(cx: &'a Cx) -> Self {
        Self { cx, start: Instant::now() }
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.cx.event.time(fields::TABLE, self.start.elapsed());
    }
}
