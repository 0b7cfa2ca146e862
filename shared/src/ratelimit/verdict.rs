//! Whether a request is admitted, and the headers that say so.
//!
//! The fields are those of "RateLimit header fields for HTTP"
//! (draft-ietf-httpapi-ratelimit-headers-10), structured fields of RFC 9651.

use super::{limit::Limit, window::Allowance};
use std::{fmt::Write as _, time::Duration};

/// The answer of one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The limit.
    pub limit: Limit,
    /// How many more requests are admitted now.
    pub remaining: u16,
    /// How long until the whole quota is available again. For a limit that refused: how long until
    /// the same request is admitted.
    pub reset: Duration,
    /// Whether this limit refused.
    pub refused: bool,
}

/// The answers of all limits of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// In the route's order, without those that were not checked.
    pub said: Vec<Said>,
}

impl Verdict {
    pub(super) fn of(rules: &[(String, Limit)], answers: &[Allowance]) -> Self {
        let said = rules.iter().zip(answers).map(|((_, limit), answer)| {
            let refused = answer.wait > 0;
            let reset = if refused { answer.wait } else { answer.reset };
            let reset = Duration::from_millis(u64::try_from(reset).unwrap_or(0));
            Said { limit: *limit, remaining: answer.left, reset, refused }
        });
        Self { said: said.collect() }
    }

    /// Whether the request is admitted.
    pub fn is_admitted(&self) -> bool {
        !self.said.iter().any(|said| said.refused)
    }

    /// When the request would be admitted, if it was refused.
    pub fn retry_after(&self) -> Option<Duration> {
        self.said.iter().filter(|said| said.refused).map(|said| said.reset).max()
    }

    /// `RateLimit`: `"client-60s";r=12;t=31`.
    pub fn rate_limit(&self) -> String {
        fields(
            self.said
                .iter()
                .map(|said| (said.limit.name(), [("r", u64::from(said.remaining)), ("t", seconds(said.reset))])),
        )
    }
}

/// `RateLimit-Policy`: `"client-60s";q=60;w=60`.
pub fn policy(limits: &[Limit]) -> String {
    fields(limits.iter().map(|limit| (limit.name(), [("q", u64::from(limit.quota)), ("w", seconds(limit.window))])))
}

fn fields(items: impl Iterator<Item = (String, [(&'static str, u64); 2])>) -> String {
    items.fold(String::new(), |mut text, (name, [(a, one), (b, two)])| {
        let comma = if text.is_empty() { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(text, "{comma}\"{name}\";{a}={one};{b}={two}");
        text
    })
}

/// Whole seconds, rounded up, so that a client that waits for them is not too early.
pub fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratelimit::By;

    #[test]
    fn the_headers_are_those_of_the_draft() {
        let limits = [Limit::per_minute(5).by(By::Account), Limit::per_hour(20)];
        assert_eq!(policy(&limits), r#""account-60s";q=5;w=60, "client-3600s";q=20;w=3600"#);
        let rules = limits.map(|limit| (String::new(), limit));
        let answers = [Allowance { left: 0, wait: 1_001, reset: 60_000 }, Allowance { left: 7, wait: 0, reset: 5 }];
        let verdict = Verdict::of(&rules, &answers);
        assert_eq!(verdict.rate_limit(), r#""account-60s";r=0;t=2, "client-3600s";r=7;t=1"#);
        assert!(!verdict.is_admitted());
        assert_eq!(verdict.retry_after(), Some(Duration::from_millis(1_001)));
    }
}
