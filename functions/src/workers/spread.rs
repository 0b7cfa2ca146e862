//! The order in which a change reaches the caches: L2 first, then the memories of environments,
//! then the CDN. If the CDN came first, it would fetch the old answer again and keep it for a
//! minute.
//!
//! # Promises
//! * The CDN is purged after everything behind it has removed the old value. An answer that was
//!   made from the old value before that is purged too, or was kept for seconds only ([`QUICK`]).
//! * While L2 does not answer, the CDN is purged at once as well, because what it fetches then
//!   comes from the table. The change waits on its queue, and the worker tries again every second.
//!   So L2 and the CDN are right within five seconds of L2's return, whatever L2 holds.
//! * A wait is not a failure, and no change is buried because it waited. After [`ENTRY`] the pauses
//!   grow with the age of the change: by then L2 serves no entry that is older than the change,
//!   except when the table fails. An outage of a day takes fewer deliveries than the queue's
//!   `maxReceiveCount`.
//! * If a batch has more than [`FEW`] tags, their families are purged instead. A night that changes
//!   10,000 products costs a purge or two for each batch, and not one for each product.

use crate::fields;
use jiff::Timestamp;
use shared::{
    cache::PUBLIC_L1_TTL,
    context::Cx,
    edge::{PurgeError, Purger, QUICK, Tag},
    queue::{Delivery, Failed},
};
use std::{collections::BTreeSet, fmt::Display, time::Duration};

/// The pause between L2 and the CDN: for as long an environment may still answer from memory, plus
/// the time in which it makes the answer and the answer reaches the CDN.
const GAP: Duration = PUBLIC_L1_TTL.saturating_add(QUICK).saturating_add(Duration::from_millis(50));
/// For how long L2 may serve an entry without the table: its TTL, and the time of the next load.
const ENTRY: Duration = Duration::from_secs(100);
/// If a batch has more tags than this, their families are purged instead.
const FEW: usize = 15;
/// The pause of a waiting change, while it is young and when it is old.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// A change, and how far it has spread.
pub(super) struct PendingChange<'a> {
    pub(super) delivery: &'a Delivery,
    /// Whether everything behind the CDN has removed the old value.
    pub(super) behind: Result<(), Failed>,
    /// The tags to purge at the CDN, each with the tag of its family.
    pub(super) tags: Vec<(Tag, Tag)>,
}

/// Purges what these changes outdate, and returns the result of each.
pub(super) async fn purge(purger: &Purger, cx: &Cx, changes: Vec<PendingChange<'_>>) -> Vec<Result<(), Failed>> {
    let due: Vec<_> = changes.iter().filter(|change| change.is_done() || change.has_begun_to_wait()).collect();
    let tags = few(due.iter().flat_map(|change| change.tags.iter().map(|(tag, family)| (tag, family))));
    let outcome = if tags.is_empty() {
        Ok(())
    } else {
        tokio::time::sleep(GAP.min(cx.time_left())).await;
        let causes: Vec<_> = due.iter().map(|change| change.cause()).collect();
        let causes: Vec<_> = causes.iter().map(String::as_str).collect();
        purger.purge(cx, &causes, &tags).await
    };
    let end = |change: PendingChange<'_>| match &outcome {
        Err(error) if change.is_done() && !change.tags.is_empty() => Err(match error {
            PurgeError::Refused(_) => Failed::retry(error),
            PurgeError::Throttled(_) | PurgeError::Unavailable(_) => later(cx, change.delivery, error),
        }),
        _ => change.behind,
    };
    changes.into_iter().map(end).collect()
}

impl PendingChange<'_> {
    fn is_done(&self) -> bool {
        self.behind.is_ok()
    }

    /// Whether the change waits for L2 for the first time.
    fn has_begun_to_wait(&self) -> bool {
        matches!(self.behind, Err(Failed::Busy(_))) && self.delivery.attempt == 1
    }

    /// Distinguishes this purge from others. CloudFront treats a second purge of the same causes as
    /// a repetition and ignores it, so the purge before L2's removal needs another cause than the
    /// one after it.
    fn cause(&self) -> String {
        let id = &self.delivery.id;
        if self.is_done() { id.clone() } else { format!("{id}, before L2") }
    }
}

/// The tags, or their families if there are more than [`FEW`] tags.
fn few<'a>(tags: impl Iterator<Item = (&'a Tag, &'a Tag)> + Clone) -> Vec<Tag> {
    let each: BTreeSet<_> = tags.clone().map(|(tag, _)| tag).collect();
    let tags = if each.len() > FEW { tags.map(|(_, family)| family).collect() } else { each };
    tags.into_iter().cloned().collect()
}

/// Lets the change wait, because a layer cannot remove the old value now. A wait is not a failure.
pub(super) fn later(cx: &Cx, delivery: &Delivery, why: &impl Display) -> Failed {
    cx.event.count(fields::CHANGES_WAITING, 1);
    cx.event.set(fields::WAITING_FOR, why.to_string());
    let pause = pause(age(cx, delivery));
    Failed::Busy(cx.clock.now().checked_add(pause).unwrap_or(Timestamp::MAX))
}

/// Whether L2 may still serve an entry as fresh that is older than the change.
pub(super) fn is_young(cx: &Cx, delivery: &Delivery) -> bool {
    age(cx, delivery) < ENTRY
}

fn age(cx: &Cx, delivery: &Delivery) -> Duration {
    Duration::try_from(cx.clock.now().duration_since(delivery.occurred_at)).unwrap_or_default()
}

/// How long a change of this age waits: a second as long as L2 may serve an older entry as fresh,
/// and then about a fiftieth of its age.
fn pause(age: Duration) -> Duration {
    (age.saturating_sub(ENTRY / 2) / 50).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_waits_for_seconds_while_it_matters_and_for_a_day_within_its_deliveries() {
        assert_eq!(pause(ENTRY), SHORTEST);
        let (mut age, mut deliveries) = (Duration::ZERO, 0);
        while age < Duration::from_hours(24) {
            age += pause(age);
            deliveries += 1;
        }
        let queues = include_str!("../../../infra/queues.yaml");
        let most = queues.split("\n  Forget:\n").nth(1).unwrap().split("maxReceiveCount: ").nth(1).unwrap();
        let most: u32 = most.lines().next().unwrap().trim().parse().unwrap();
        assert!(deliveries < most, "{deliveries} deliveries a day, of {most}");
    }

    #[test]
    fn many_tags_are_their_families() {
        let [family, other] = ["products", "users"].map(Tag::family);
        let tags: Vec<_> = (0..=FEW).map(|n| Tag::new("product", n)).collect();
        let named = |count: usize| few(tags[..count].iter().map(|tag| (tag, &family)).chain([(&tags[0], &other)]));
        assert_eq!(named(FEW).len(), FEW);
        assert_eq!(named(FEW + 1), [family.clone(), other.clone()]);
    }
}
