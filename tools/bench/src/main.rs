//! What the cache is worth, measured: `make bench-cache`; and what a limit costs: `make bench-limits` ([`limits`]).
//!
//! Against a real server on this machine, and against what one would otherwise write: nothing, the article's `CacheManager` as
//! it stands, and the usual cache-aside of two libraries. Time moves by a manual clock where a minute of traffic is played, so that
//! the figures are the same on any machine; latencies are measured in real time. Results go to `docs/bench-cache.md`.

mod contenders;
mod expiry;
mod latency;
mod limiters;
mod limits;
mod report;
#[path = "../../../tests/src/redis.rs"]
#[expect(dead_code, unreachable_pub, reason = "the tests' harness, without what the tests are made of")]
mod server;
mod traffic;

use contenders::Kind;
use server::Redis;
use std::{env, fs, io};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    match env::args().nth(1).as_deref() {
        None | Some("cache") => cache().await,
        Some("limits") => limits::measure().await,
        Some(other) => {
            Err(io::Error::other(format!("there is a bench of `cache` and one of `limits`, none of `{other}`")))
        }
    }
}

async fn cache() -> io::Result<()> {
    let redis = Redis::start();
    let latency = latency::measure(&redis).await;
    let mut expiries = Vec::new();
    for kind in Kind::ALL {
        expiries.push((kind, expiry::measure(&redis, kind).await));
    }
    let mut traffic = Vec::new();
    for environments in traffic::FLEETS {
        for kind in Kind::ALL {
            traffic.push(traffic::play(&redis, kind, environments).await);
        }
    }
    let text = report::markdown(&traffic, &expiries, &latency);
    println!("{text}");
    fs::create_dir_all("docs")?;
    fs::write("docs/bench-cache.svg", report::plot(&expiries))?;
    fs::write("docs/bench-cache.md", text)
}
