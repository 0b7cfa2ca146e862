//! What an answer can do without.
//!
//! A page that waits for an ornament is as slow as the ornament, and fails with it. So a part that
//! the answer can do without gets a time limit of its own. When the part fails or is late, the
//! answer goes without it and says so.

use crate::{context::Cx, telemetry::fields};
use std::{fmt::Display, time::Duration};

/// What `part` comes to within `limit`; `None` when it fails or takes longer. Then the answer names
/// `name` among what it lacks.
pub async fn optional<T, E: Display>(
    cx: &Cx,
    name: &'static str,
    limit: Duration,
    part: impl Future<Output = Result<T, E>>,
) -> Option<T> {
    match tokio::time::timeout(limit.min(cx.time_left()), part).await {
        Ok(Ok(value)) => return Some(value),
        Ok(Err(error)) => tracing::warn!(part = name, %error, "an answer goes without it"),
        Err(_) => tracing::warn!(part = name, ?limit, "an answer goes without it: it took too long"),
    }
    degrade(cx, name);
    None
}

/// Notes that the answer lacks the part `name`, or has an old version of it, and counts it once.
pub fn degrade(cx: &Cx, name: &str) {
    if cx.answer.note_degraded(name) {
        cx.event.count(fields::DEGRADED_PARTS, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_fails_and_what_is_late_is_left_out_and_named() {
        let (cx, limit) = (Cx::detached(), Duration::from_millis(5));
        assert_eq!(optional(&cx, "a", limit, async { Ok::<_, String>(1) }).await, Some(1));
        assert!(!cx.answer.is_degraded());
        assert_eq!(optional(&cx, "b", limit, async { Err::<u8, _>("no") }).await, None);
        assert_eq!(optional(&cx, "c", limit, std::future::pending::<Result<u8, String>>()).await, None);
        degrade(&cx, "b");
        assert_eq!(cx.to_line(), r#"{"degraded":"b, c","degraded_parts":2}"#, "each once");
    }
}
