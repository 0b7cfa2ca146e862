//! A module imports from its own floor or from below, and on one floor no two modules need each
//! other. So any part can be read, tested and taken out with only what is under it.

use crate::{
    paths::named,
    sources::{Source, below},
};
use std::collections::{BTreeMap, BTreeSet};

/// The crate that any backend keeps, from the ground up.
const SHARED: &[&[&str]] = &[
    &["env", "config", "clock", "version", "stopwatch"],
    &["context", "telemetry", "resilience", "sign", "token", "https"],
    &["valkey", "table", "edge", "mail", "upload", "queue"],
    &["cache", "ratelimit", "idempotency", "signing_keys"],
    &["session"],
    &["app"],
    &["lambda"],
    &["openapi"],
];

/// The storefront above it.
const STOREFRONT: &[&[&str]] = &[
    &["ids", "env", "fields", "accounts", "catalog", "orders", "analytics", "events", "mails"],
    &["routes", "workers"],
    &["bin"],
];

/// What is wrong with the imports of these files.
fn violations(sources: &[Source], floors: &[&[&str]]) -> Vec<String> {
    let floor = |module: &str| floors.iter().position(|names| names.contains(&module));
    let mut wrong = Vec::new();
    let mut beside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        let module = source.module();
        // The crate's root lists the modules and stands outside of them.
        let Some(home) = module.first() else { continue };
        let Some(own) = floor(home) else {
            wrong.push(format!(
                "{}: `{home}` stands on no floor; give it one in tests/architecture/floors.rs",
                source.path
            ));
            continue;
        };
        for path in named(&source.text, &module) {
            let Some(target) = (path[0] == "crate").then(|| path.get(1)).flatten().filter(|target| *target != home)
            else {
                continue;
            };
            match floor(target) {
                Some(theirs) if theirs < own => {}
                Some(theirs) if theirs == own => drop(beside.entry(home.clone()).or_default().insert(target.clone())),
                Some(_) => wrong.push(format!("{}: `{home}` imports `{target}` from above", source.path)),
                None => wrong.push(format!("{}: `{}` is on no floor", source.path, path.join("::"))),
            }
        }
    }
    let cycles = beside.keys().filter(|module| reaches(&beside, module, module));
    wrong.extend(cycles.map(|module| format!("`{module}` needs a module of its floor that needs `{module}`")));
    wrong
}

fn reaches(edges: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let (mut left, mut seen) = (vec![from], BTreeSet::new());
    while let Some(module) = left.pop() {
        for next in edges.get(module).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                left.push(next);
            }
        }
    }
    false
}

#[test]
fn shared_imports_from_below_only() {
    assert_eq!(violations(&below("shared/src"), SHARED), [""; 0]);
}

#[test]
fn the_storefront_imports_from_below_only() {
    assert_eq!(violations(&below("functions/src"), STOREFRONT), [""; 0]);
}

#[test]
fn a_wall_that_is_broken_is_seen() {
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    let sources = [
        source("shared/src/lib.rs", "use crate::lambda::Anything;"),
        source("shared/src/table/mod.rs", "use crate::{version::Version, cache::{self, Cache}};"),
        source("shared/src/cache/read.rs", "fn f() { crate::app::App::new(); aws_sdk_dynamodb::Client::new(); }"),
        source("shared/src/mail/mod.rs", "use super::queue; mod tests { use super::*; }"),
        source("shared/src/queue/mod.rs", "use crate::{mail, context::Cx}; use aws_sdk_sqs::Client;"),
        source("shared/src/attic.rs", ""),
    ];
    let wrong = violations(&sources, SHARED);
    let expected = [
        "table/mod.rs: `table` imports `cache`",
        "cache/read.rs: `cache` imports `app`",
        "`attic` stands on no floor",
        "`mail` needs a module",
        "`queue` needs a module",
    ];
    for words in expected {
        assert!(wrong.iter().any(|line| line.contains(words)), "{words} was not seen: {wrong:#?}");
    }
    assert_eq!(wrong.len(), 6, "{wrong:#?}");
}
