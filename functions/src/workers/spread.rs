//! The order in which a change becomes everyone's: L2 forgets, then memories end, then the CDN
//! forgets. A CDN that forgot first would fetch the old answer again, and keep it for a minute.
//!
//! # Promises
//! * The CDN is purged once everything behind it has forgotten. An answer that was made from the old
//!   value before that is purged too, or kept for seconds only ([`QUICK`]).
//! * While L2 does not answer, the CDN is purged at once as well: what it fetches then comes from
//!   the table. The change waits on its queue and is tried again every second. So L2 and the CDN
//!   have forgotten within five seconds of its return, whatever L2 remembers.
//! * A wait is no failure, and a change is never buried for it. After [`ENTRY`] the pauses grow with
//!   the age of the change: by then no entry in L2 that is older than the change is served, except
//!   in place of a table that fails. A day of outage is fewer deliveries than the queue's
//!   `maxReceiveCount`.
//! * More than [`FEW`] tags in a batch are purged as their families. A night that changes 10,000
//!   products costs a purge or two a batch, and not one a product.

use crate::fields;
use jiff::Timestamp;
use shared::{
    cache::PUBLIC_L1_TTL,
    context::Cx,
    edge::{PurgeError, Purger, QUICK, Tag},
    queue::{Delivery, Failed},
};
use std::{collections::BTreeSet, fmt::Display, time::Duration};

/// Between L2 and the CDN: what memory keeps, the answer that is made from it at the last moment,
/// and its way to the CDN.
const GAP: Duration = PUBLIC_L1_TTL.saturating_add(QUICK).saturating_add(Duration::from_millis(50));
/// For how long an entry in L2 may be served without the table: its ttl, and while another loads.
const ENTRY: Duration = Duration::from_secs(100);
/// More tags than these in a batch are purged as their families.
const FEW: usize = 15;
/// The pause of a change that waits, while it is young and when it is old.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// A change, and how far it has come.
pub(super) struct Change<'a> {
    pub(super) delivery: &'a Delivery,
    /// Whether everything behind the CDN has forgotten what was.
    pub(super) behind: Result<(), Failed>,
    /// What the CDN is to forget, each with the tag of the family to which it belongs.
    pub(super) tags: Vec<(Tag, Tag)>,
}

/// Purges what these changes outdate, and says of each how it went.
pub(super) async fn purge(purger: &Purger, cx: &Cx, changes: Vec<Change<'_>>) -> Vec<Result<(), Failed>> {
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
    let end = |change: Change<'_>| match &outcome {
        Err(error) if change.is_done() && !change.tags.is_empty() => Err(match error {
            PurgeError::Refused(_) => Failed::retry(error),
            PurgeError::Throttled(_) | PurgeError::Unavailable(_) => later(cx, change.delivery, error),
        }),
        _ => change.behind,
    };
    changes.into_iter().map(end).collect()
}

impl Change<'_> {
    fn is_done(&self) -> bool {
        self.behind.is_ok()
    }

    /// Whether it waits for L2, for the first time.
    fn has_begun_to_wait(&self) -> bool {
        matches!(self.behind, Err(Failed::Busy(_))) && self.delivery.attempt == 1
    }

    /// What tells this purge from others. CloudFront takes one of the same causes for a repetition,
    /// and does nothing: the purge before L2 has forgotten is not the one after it.
    fn cause(&self) -> String {
        let id = &self.delivery.id;
        if self.is_done() { id.clone() } else { format!("{id}, before L2") }
    }
}

/// The tags, or their families where these are more than [`FEW`] tags.
fn few<'a>(tags: impl Iterator<Item = (&'a Tag, &'a Tag)> + Clone) -> Vec<Tag> {
    let each: BTreeSet<_> = tags.clone().map(|(tag, _)| tag).collect();
    let tags = if each.len() > FEW { tags.map(|(_, family)| family).collect() } else { each };
    tags.into_iter().cloned().collect()
}

/// A layer cannot be told of the change now: it waits, and that is no failure of its own.
pub(super) fn later(cx: &Cx, delivery: &Delivery, why: &impl Display) -> Failed {
    cx.event.count(fields::CHANGES_WAITING, 1);
    cx.event.set(fields::WAITING_FOR, why.to_string());
    let pause = pause(age(cx, delivery));
    Failed::Busy(cx.clock.now().checked_add(pause).unwrap_or(Timestamp::MAX))
}

/// Whether an entry in L2 that is older than the change may still be served as current.
pub(super) fn is_young(cx: &Cx, delivery: &Delivery) -> bool {
    age(cx, delivery) < ENTRY
}

fn age(cx: &Cx, delivery: &Delivery) -> Duration {
    Duration::try_from(cx.clock.now().duration_since(delivery.occurred_at)).unwrap_or_default()
}

/// How long a change of this age waits: a second while an entry that is older than the change may
/// be served as current, and from then on a fiftieth of its age.
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
