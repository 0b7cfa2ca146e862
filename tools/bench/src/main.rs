//! Measures the cache (`make bench-cache`) and the rate limiter (`make bench-limits`).
//!
//! Both run against a real server on this machine. The cache is compared with what a team would
//! otherwise write: no cache, the article's `CacheManager` unchanged, and the usual cache-aside
//! with two libraries. A minute of traffic runs on a manual clock, so its figures are the same on
//! every machine; latencies are measured in real time. The results are written to `docs/`.

mod contenders;
mod expiry;
mod latency;
mod limiters;
mod limits;
mod report;
#[path = "../../../tests/src/redis.rs"]
#[expect(dead_code, unreachable_pub, reason = "the bench uses only a part of the tests' helper")]
mod server;
mod traffic;

use contenders::Contender;
use server::Redis;
use std::{env, fs, io};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    match env::args().nth(1).as_deref() {
        None | Some("cache") => cache().await,
        Some("limits") => limits::measure().await,
        Some(other) => Err(io::Error::other(format!("there is no bench {other}; there are cache and limits"))),
    }
}

async fn cache() -> io::Result<()> {
    let redis = Redis::start();
    let latency = latency::measure(&redis).await;
    let mut expiries = Vec::new();
    for contender in Contender::ALL {
        expiries.push((contender, expiry::measure(&redis, contender).await));
    }
    let mut traffic = Vec::new();
    for environments in traffic::FLEETS {
        for contender in Contender::ALL {
            traffic.push(traffic::play(&redis, contender, environments).await);
        }
    }
    let text = report::markdown(&traffic, &expiries, &latency);
    println!("{text}");
    fs::create_dir_all("docs")?;
    fs::write("docs/bench-cache.svg", report::plot(&expiries))?;
    fs::write("docs/bench-cache.md", text)
}
