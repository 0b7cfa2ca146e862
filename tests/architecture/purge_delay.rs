//! The purge of the CDN waits until no environment answers from memory with the old value. How long
//! it waits follows from `PUBLIC_L1_TTL`; here no cached value of the storefront may stay in memory
//! for longer.

use crate::sources::{Source, below};

/// What a policy may give as its time in memory.
const TIMES: &[&str] = &["PUBLIC_L1_TTL", "Duration::ZERO"];

/// Values that nothing purges: the CDN may keep an old one as long as the reply.
const NOT_PURGED: &[&str] = &["functions/src/analytics/recommendations.rs"];

/// The policies that keep a value in memory for another time.
fn too_long(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !NOT_PURGED.contains(&source.path.as_str())) {
        for policy in source.without_tests().split("Policy::new(").skip(1) {
            let policy = policy.split(';').next().unwrap_or_default();
            let times = policy.split(".l1_ttl(").nth(1).is_some_and(|time| TIMES.iter().any(|is| time.starts_with(is)));
            if !times {
                found.push(source.path.clone());
            }
        }
    }
    found
}

#[test]
fn no_public_value_stays_in_memory_for_longer_than_the_purge_waits() {
    let sources = below("functions/src");
    assert!(sources.iter().any(|source| source.text.contains(".l1_ttl(PUBLIC_L1_TTL)")), "no policy was found");
    assert_eq!(too_long(&sources), [""; 0]);
    for path in NOT_PURGED {
        assert!(sources.iter().any(|source| source.path == *path), "{path} is gone");
    }
}

#[test]
fn a_value_that_stays_too_long_is_seen() {
    let policy = |text: &str| [Source { path: "x/src/a.rs".to_owned(), text: text.to_owned() }];
    assert_eq!(too_long(&policy("Policy::new(MINUTE).l1_ttl(PUBLIC_L1_TTL);")), [""; 0]);
    assert_eq!(too_long(&policy("Policy::new(MINUTE).jitter(0.1)\n    .l1_ttl(Duration::ZERO);")), [""; 0]);
    for text in ["Policy::new(MINUTE);", "Policy::new(MINUTE).l1_ttl(Duration::from_secs(1)); x.l1_ttl(PUBLIC_L1_TTL);"]
    {
        assert_eq!(too_long(&policy(text)), ["x/src/a.rs"], "{text}");
    }
}
