//! The client against servers that speak its protocol over a socket. Its unit tests have the faults
//! in time, on a virtual clock.

mod cluster;

use shared::telemetry::fields;
use shared::{
    context::Cx,
    valkey::{Script, Timeouts, Valkey},
};
use std::time::{Duration, Instant};
use tests::line::ReadLine as _;
use tests::redis::{Proxy, Redis, Wire};

/// Long enough for a busy machine.
fn patient() -> Timeouts {
    Timeouts { command: Duration::from_secs(5), connect: Duration::from_secs(5), window: Duration::from_millis(320) }
}

/// One that hangs takes nothing from the primary: not at init, and not afterwards.
#[tokio::test]
async fn a_readers_endpoint_that_hangs_leaves_the_primary_alone() {
    let (primary, stranger) = (Redis::start(), Redis::start());
    let readers = Proxy::to(stranger.address());
    readers.set(Wire::Hang);
    let url = format!("{}?reader={}", primary.url(), readers.url().trim_start_matches("redis://"));
    let timeouts = Timeouts { command: Duration::from_secs(1), connect: Duration::from_millis(200), ..patient() };
    let valkey = Valkey::connect(&url, timeouts).unwrap();
    let (cx, start) = (Cx::detached(), Instant::now());
    valkey.warm_up(&cx.clock).await;
    assert!(start.elapsed() < Duration::from_secs(1), "init waited for {:?}", start.elapsed());
    valkey.set(&cx, "k", b"v", Duration::from_mins(1)).await.unwrap();
    for _ in 0..20 {
        assert_eq!(valkey.get(&cx, "k").await.unwrap().as_deref(), Some(&b"v"[..]));
        assert_eq!(valkey.get_latest(&cx, "k").await.unwrap().as_deref(), Some(&b"v"[..]));
    }
    assert_eq!((cx.counted(fields::VALKEY_ERRORS), valkey.is_open()), (0, false));
}

/// A failover, or a cache that was replaced: all connections end, and a new server is there.
#[tokio::test]
async fn a_server_that_was_restarted_is_used_again_and_knows_the_scripts_again() {
    let redis = Redis::start();
    let valkey = Valkey::connect(&redis.url(), patient()).unwrap();
    let one = Script::new("return 1");
    let cx = Cx::detached();
    valkey.warm_up(&cx.clock).await;
    valkey.eval(&cx, &one, &["k"], &[]).await.unwrap();
    redis.restart();
    let back = Instant::now();
    while valkey.eval(&cx, &one, &["k"], &[]).await.is_err() {
        assert!(back.elapsed() < Duration::from_secs(10), "it is not used again");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // What must reach it does so in the first call.
    redis.restart();
    drop(valkey.get(&cx, "k").await);
    valkey.delete(&cx, &["k"]).await.unwrap();
}
