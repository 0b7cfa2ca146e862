//! Other quotas than those in the code, set by a variable.
//!
//! [`LIMITS`](crate::env::LIMITS) has entries with semicolons between them. The last entry that
//! fits a limit is the one that counts.
//! * `orders-create:100/60`: the route's limits with a window of 60 seconds have a quota of 100;
//! * `orders-create.account:5/60`: those that count by account only;
//! * `orders-create:x20`: all limits of the route have twenty times their quota;
//! * `*:x20`: those of every route.

use super::limit::Limit;
use crate::{
    config::{ConfigError, Vars},
    env::LIMITS,
};
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
enum Override {
    Times(u16),
    Quota(u16, Duration),
}

/// `limits` of `route`, as the configuration has them. An entry for this route that fits none of
/// its limits is an error, because a typing mistake must not lift a limit.
pub(super) fn apply(vars: &Vars, route: &str, limits: &[Limit]) -> Result<Vec<Limit>, ConfigError> {
    let text = vars.optional(LIMITS).unwrap_or_default();
    let mut changed = limits.to_vec();
    for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let wrong = |problem: &str| ConfigError::new(LIMITS, format!("`{entry}` {problem}"));
        let (target, change) = parse(entry).ok_or_else(|| wrong("is not like `users-create:5/60` or `*:x20`"))?;
        let (name, by) = target.split_once('.').map_or((target, None), |(name, by)| (name, Some(by)));
        if by.is_some_and(|by| by != "client" && by != "account") {
            return Err(wrong("counts neither by `client` nor by `account`"));
        }
        if name != "*" && name != route {
            continue;
        }
        let mut fits = false;
        for (now, written) in changed.iter_mut().zip(limits) {
            if by.is_some_and(|by| by != written.by.name()) {
                continue;
            }
            match change {
                Override::Times(factor) => *now = written.with_quota(written.quota.saturating_mul(factor)),
                Override::Quota(quota, window) if window == written.window => *now = written.with_quota(quota),
                Override::Quota(..) => continue,
            }
            fits = true;
        }
        if name != "*" && !fits {
            return Err(wrong("fits no limit of the route"));
        }
    }
    Ok(changed)
}

fn parse(entry: &str) -> Option<(&str, Override)> {
    let (target, change) = entry.split_once(':')?;
    let positive = |text: &str| text.parse::<u16>().ok().filter(|n| *n > 0);
    let change = if let Some(factor) = change.strip_prefix('x') {
        Override::Times(positive(factor)?)
    } else {
        let (quota, seconds) = change.split_once('/')?;
        Override::Quota(positive(quota)?, Duration::from_secs(seconds.parse().ok()?))
    };
    Some((target.trim(), change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratelimit::By;

    const WRITTEN: [Limit; 3] = [Limit::per_minute(5).by(By::Account), Limit::per_minute(20), Limit::per_hour(60_000)];

    fn quotas(text: &str) -> Result<Vec<u16>, String> {
        let applied = apply(&Vars::from_pairs([(LIMITS.name, text)]), "sign-in", &WRITTEN).map_err(|e| e.problem)?;
        Ok(applied.iter().map(|limit| limit.quota).collect())
    }

    #[test]
    fn the_last_entry_that_fits_counts() {
        for (text, expected) in [
            ("", [5, 20, 60_000]),
            ("sign-in:7/60", [7, 7, 60_000]),
            ("sign-in.account:7/60;sign-in:9/3600;", [7, 20, 9]),
            ("*:x10; other:1/1", [50, 200, u16::MAX]),
            ("*:x10;sign-in:x1", [5, 20, 60_000]),
            ("*.client:x2;*:3/60", [3, 3, u16::MAX]),
        ] {
            assert_eq!(quotas(text), Ok(expected.to_vec()), "{text}");
        }
    }

    #[test]
    fn a_slip_is_an_error_that_names_the_entry() {
        for text in ["sign-in", "sign-in:5", "sign-in:0/60", "*:x0", "sign-in:5/61", "sign-in:70000/60", "*.ip:5/60"] {
            assert!(quotas(text).unwrap_err().contains(text), "{text}");
        }
    }
}
