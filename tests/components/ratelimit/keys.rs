//! The keys that the limits leave in L2.

use super::*;
use shared::ratelimit::By;
use shared::telemetry::fields;
use tests::line::ReadLine as _;
use tests::redis::Redis;

fn lines(answer: &str) -> Vec<String> {
    answer.lines().filter(|line| !line.starts_with(['*', '$'])).map(str::to_owned).collect()
}

fn number(redis: &Redis, words: &[&str]) -> i64 {
    redis.command(words).trim_start_matches(':').trim().parse().unwrap()
}

#[tokio::test]
async fn every_key_has_an_end_and_a_client_takes_200_bytes_a_limit_at_most() {
    let (redis, clock) = (Redis::start(), Clock::system());
    let all = [
        Limit::new(u16::MAX, Duration::from_millis(50)),
        Limit::per_minute(1_000),
        Limit::per_hour(u16::MAX).by(By::Account),
    ];
    let limits = environment(&redis.url(), &all);
    let callers = [
        somebody("203.0.113.117"),
        somebody("2001:db8:1111:2222:3333:4444:5555:6666"),
        Caller::signed_in("01a20ad6-193c-71c6-8331-6ad0384202f7"),
    ];
    for _ in 0..400 {
        for caller in &callers {
            limits.take(&cx(&clock), &caller.clone().naming("ada@shop.example"), 2).await;
        }
    }
    let keys = lines(&redis.command(&["KEYS", "*"]));
    assert!(keys.iter().filter(|key| key.contains("route")).count() > 6, "{keys:?}");
    for key in keys {
        let (ttl, bytes) = (number(&redis, &["PTTL", &key]), number(&redis, &["MEMORY", "USAGE", &key]));
        // A short window's key may have ended since it was listed.
        assert!((1..=24 * 3_600_000 / 23 + 1).contains(&ttl) || ttl == -2, "{key} ends in {ttl} ms");
        assert!(bytes <= 200, "{key} takes {bytes} bytes");
        assert!(key.starts_with('{') && key.contains('}'), "{key} has no hash tag");
        assert!(!key.contains("ada"), "{key} names a person");
    }
}

#[tokio::test]
async fn the_keys_of_a_caller_are_in_one_slot_of_a_cluster() {
    let redis = Redis::with(&["--cluster-enabled", "yes"]);
    redis.command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    while !redis.command(&["CLUSTER", "INFO"]).contains("cluster_state:ok") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let all = [Limit::new(100, Duration::from_secs(1)), Limit::per_hour(100), Limit::per_minute(100).by(By::Account)];
    let limits = environment(&format!("{}?cluster=on", redis.url()), &all);
    let cx = cx(&Clock::system());
    for caller in [somebody("2001:db8::1"), Caller::signed_in("01a20ad6-193c-71c6-8331-6ad0384202f7")] {
        let verdict = limits.take(&cx, &caller.naming("ada@shop.example"), 1).await;
        assert_eq!(verdict.said.iter().map(|said| said.remaining).collect::<Vec<_>>(), [99; 3]);
    }
    assert_eq!(cx.counted(fields::LIMITS_LOCAL), 0, "the cluster refused");
}
