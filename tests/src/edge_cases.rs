//! `tests/edge/cases.json`: what the CDN does with which request.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use serde::Deserialize;
use std::{collections::BTreeMap, fs, path::Path};

/// Targets of requests, by the reason that they stand there.
pub type ByReason = BTreeMap<String, Vec<String>>;

/// The table.
#[derive(Debug, Deserialize)]
pub struct Cases {
    /// The public path families, as CloudFront's path patterns: `*` crosses slashes.
    pub public: Vec<String>,
    /// Headers by which a client claims something, and which reach nobody.
    pub claims: Vec<String>,
    /// The same, out of a CloudFront function's reach.
    pub claims_that_cloudfront_removes: Vec<String>,
    /// Targets that are refused.
    pub refused: ByReason,
    /// Targets in the families: passed on without what would make the answer one person's, and kept
    /// if the origin says so.
    pub kept: ByReason,
    /// Targets outside: passed on whole, and never kept.
    pub passed: ByReason,
    /// What of a query reaches the origin, and so makes the cache's key, at both edges.
    pub queries: Vec<Query>,
}

/// A target in the families, and what it is behind the CDN.
#[derive(Debug, Deserialize)]
pub struct Query {
    /// As the client sends it.
    pub asked: String,
    /// As the origin gets it.
    pub reaches: String,
}

impl Cases {
    /// The table, as it stands.
    pub fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("edge/cases.json");
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    }

    /// Whether a path lies in one of the families.
    pub fn is_public(&self, path: &str) -> bool {
        self.public.iter().any(|family| match family.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == family,
        })
    }
}

/// Each target with its reason.
pub fn all(cases: &ByReason) -> impl Iterator<Item = (&str, &str)> {
    cases.iter().flat_map(|(reason, targets)| targets.iter().map(move |target| (reason.as_str(), target.as_str())))
}
