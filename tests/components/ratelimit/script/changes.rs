//! Clocks and quotas that change.

use super::*;

#[tokio::test]
async fn a_server_s_clock_that_was_set_back_frees_nothing_early_and_blocks_nobody_for_long() {
    let redis = Redis::start();
    let (bench, width, second) = (Bench::new(&redis), 2_608_696, 1_000_000);
    let now = 1_800_000_000 * second;
    assert_eq!(bench.call(now, 1, &[("k", 1, width)]).await[0].1, 0);
    assert!(bench.call(now - 30 * second, 1, &[("k", 1, width)]).await[0].1 > 60_000);
    assert_eq!(bench.call(now - 3_600 * second, 1, &[("k", 1, width)]).await[0].1, 0);
}

#[tokio::test]
async fn a_quota_that_was_lowered_holds_at_once() {
    let redis = Redis::start();
    let (bench, width, now) = (Bench::new(&redis), 2_608_696, 1_800_000_000_000_000);
    for _ in 0..10 {
        bench.call(now, 1, &[("k", 10, width)]).await;
    }
    let (left, wait, _) = bench.call(now, 1, &[("k", 3, width)]).await[0];
    assert!(left == -7 && wait > 57_000, "{left} {wait}");
}

/// Two bytes hold a count: however much was admitted without asking, it does not begin anew.
#[tokio::test]
async fn what_was_admitted_without_asking_never_overflows_a_count() {
    let redis = Redis::start();
    let (bench, width, now) = (Bench::new(&redis), 2_608_696, 1_800_000_000_000_000);
    for part in 0..4 {
        let said = bench.call_after(now + part * width, 1, 60_000, &[("k", 65_535, width)]).await[0];
        assert_eq!(said.1 > 0, part > 0, "{said:?}");
    }
    assert!(bench.call(now + 23 * width, 1, &[("k", 65_535, width)]).await[0].1 > 0, "a full count blocks");
    assert_eq!(bench.call(now + 29 * width, 1, &[("k", 65_535, width)]).await[0].1, 0);
}
