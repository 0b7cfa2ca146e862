//! Limits without L2, counted in a table. For the few that guard a password or send a mail.
//!
//! All windows of one client on one route are one item, and each part of a window is one number in
//! it. A request is one `UpdateItem`, which adds to the present parts and returns all of them. The
//! sums put all requests into one order, so no window has more than the quota, however many
//! environments there are. A refused request takes back what it added with a second write. That
//! happens at most once for each environment and block, because the environment remembers the
//! block. The time is the environment's clock; parts of a clock that is ahead are counted, too.

use super::{
    limit::{Limit, PARTS},
    window::{Allowance, millis},
};
use crate::{
    context::Cx,
    table::{AtomicCounters, TableError},
};
use std::collections::BTreeMap;

/// How many outdated numbers an item may have before a write removes them, and how many one write
/// removes.
const LITTER: usize = 32;
const SWEEP: usize = 100;

/// The parts of one limit: `60000` or `60000:<account>`, and the part's number.
fn attribute(rule: &(String, Limit), part: i64) -> String {
    let of = rule.0.rsplit_once(SEPARATOR).map_or(rule.0.as_str(), |(_, of)| of);
    format!("{of}.{part}")
}

/// In a rule's key, separates the client and route from what distinguishes their limits.
pub(super) const SEPARATOR: char = '|';

/// Admits the request, or counts nothing.
pub(super) async fn take(
    table: &AtomicCounters,
    cx: &Cx,
    rules: &[(String, Limit)],
    cost: u16,
) -> Result<Vec<Allowance>, TableError> {
    let Some((first, _)) = rules.first() else { return Ok(Vec::new()) };
    let item = format!("limit#{}", first.rsplit_once(SEPARATOR).map_or(first.as_str(), |(item, _)| item));
    let now = cx.clock.now_ms().saturating_mul(1000);
    let names: Vec<String> = rules.iter().map(|rule| attribute(rule, now.div_euclid(rule.1.width()))).collect();
    let ends_at = cx.clock.now_s() + rules.iter().map(|(_, limit)| limit.span_ms() / 1000 + 60).max().unwrap_or(0);
    let add = |by: i64| -> Vec<(&str, i64)> { names.iter().map(|name| (name.as_str(), by)).collect() };

    let sums = table.add(cx, &item, &add(i64::from(cost)), &[], ends_at).await?;
    let mut answers: Vec<Allowance> = rules.iter().map(|rule| answer(rule, &sums, cost, now)).collect();
    let refused = answers.iter().any(|answer| answer.wait > 0);
    let old: Vec<&str> = sums.keys().filter(|name| is_old(name, now)).take(SWEEP).map(String::as_str).collect();
    if refused {
        answers.iter_mut().filter(|answer| answer.wait == 0).for_each(|answer| answer.left += cost);
    }
    if refused || old.len() >= LITTER {
        let back = if refused { add(-i64::from(cost)) } else { Vec::new() };
        // If this fails, a little less is admitted for a window.
        let _ = table.add(cx, &item, &back, &old, ends_at).await;
    }
    Ok(answers)
}

/// The answer of one limit, after the request was added.
fn answer(rule: &(String, Limit), sums: &BTreeMap<String, i64>, cost: u16, now: i64) -> Allowance {
    let (width, quota) = (rule.1.width(), i64::from(rule.1.quota));
    let part = now.div_euclid(width);
    let prefix = attribute(rule, 0);
    let prefix = prefix.trim_end_matches('0');
    let mut counts: Vec<(i64, i64)> = sums
        .iter()
        .filter_map(|(name, sum)| Some((name.strip_prefix(prefix)?.parse().ok()?, *sum)))
        .filter(|(at, sum)| *at > part - PARTS && *sum > 0)
        .collect();
    counts.sort_unstable();
    let over = counts.iter().map(|(_, sum)| sum).sum::<i64>() - quota;
    let mut freed = 0;
    let falls_out = counts.iter().find(|(_, sum)| {
        freed += sum;
        freed >= over
    });
    let wait = if over > 0 { (falls_out.map_or(part, |(at, _)| *at) + PARTS) * width - now } else { 0 };
    let left = if over > 0 { i64::from(cost) - over } else { -over };
    Allowance {
        left: u16::try_from(left.max(0)).unwrap_or(u16::MAX),
        wait: millis(wait),
        reset: millis((part + PARTS) * width - now),
    }
}

/// Whether a number is too old for every clock that is wrong by less than a window.
fn is_old(name: &str, now: i64) -> bool {
    let Some((of, part)) = name.rsplit_once('.') else { return false };
    let window = of.split(':').next().and_then(|millis| millis.parse::<i64>().ok());
    let (Some(window), Ok(part)) = (window, part.parse::<i64>()) else { return false };
    let width = (window.saturating_mul(1000) + PARTS - 2) / (PARTS - 1);
    width > 0 && part < now.div_euclid(width) - 2 * PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_apart_by_its_limit_and_its_age() {
        let limit = Limit::per_minute(5);
        let rule = |of: &str| (format!("{{n:1}}:route|{of}"), limit);
        assert_eq!(attribute(&rule("60000:ab"), 7), "60000:ab.7");
        let part = 1_000;
        let now = part * limit.width();
        let sums = BTreeMap::from([
            ("60000.1000".to_owned(), 2),
            ("60000.977".to_owned(), 2),
            ("60000.976".to_owned(), 9),
            ("60000:ab.1000".to_owned(), 9),
        ]);
        let answer = answer(&rule("60000"), &sums, 1, now);
        assert_eq!((answer.left, answer.wait), (1, 0));
        assert!(is_old("60000.951", now) && !is_old("60000.952", now) && !is_old("pk", now));
    }
}
