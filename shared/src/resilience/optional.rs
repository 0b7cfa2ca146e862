//! What an answer can do without.
//!
//! A page that waits for an ornament is as slow as the ornament, and fails with it. So what is not the point of an answer
//! gets a time of its own, and is left out when it fails or is late; the answer says so.

use crate::context::Cx;
use std::{fmt::Display, time::Duration};

/// The fact of the wide event that names what an answer lacks, or has in an old version; the header
/// `Degraded`.
pub const DEGRADED: &str = "degraded";

/// What `part` comes to within `limit`; `None` when it fails or takes longer. Then `name` is in the event's fact
/// [`DEGRADED`], and the count `degraded` has grown.
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

/// Adds `name` to the event's fact [`DEGRADED`], once, and counts it: for a part that is missing,
/// or older than it should be.
pub fn degrade(cx: &Cx, name: &str) {
    let before = cx.event.fact(DEGRADED).and_then(|fact| fact.as_str().map(str::to_owned)).unwrap_or_default();
    if before.split(", ").all(|other| other != name) {
        let names = if before.is_empty() { name.to_owned() } else { format!("{before}, {name}") };
        cx.event.set(DEGRADED, names);
        cx.event.count("degraded_parts", 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_fails_and_what_is_late_is_left_out_and_named() {
        let (cx, limit) = (Cx::detached(), Duration::from_millis(5));
        assert_eq!(optional(&cx, "a", limit, async { Ok::<_, String>(1) }).await, Some(1));
        assert_eq!(cx.event.fact(DEGRADED), None);
        assert_eq!(optional(&cx, "b", limit, async { Err::<u8, _>("no") }).await, None);
        assert_eq!(optional(&cx, "c", limit, std::future::pending::<Result<u8, String>>()).await, None);
        degrade(&cx, "b");
        assert_eq!(cx.event.fact(DEGRADED), Some("b, c".into()), "each once");
    }
}
