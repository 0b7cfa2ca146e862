//! What a limit costs the server, and how many requests it admits: `make bench-limits`.
//!
//! The figure is the server's own: microseconds for a call of EVALSHA (`INFO commandstats`). The
//! limiters are measured by turns, so that other work on the machine slows all alike. The result is
//! the median of the rounds.

use crate::{limiters::Limiter, report, server::Redis};
use redis::{Script, aio::MultiplexedConnection};
use std::{collections::VecDeque, fmt::Write as _, fs, io};

const MINUTE: i64 = 60_000_000;
const ROUNDS: usize = 15;

/// The traffic of a round. The window is in microseconds.
#[derive(Debug, Clone, Copy)]
struct Traffic {
    name: &'static str,
    quota: i64,
    window: i64,
    clients: usize,
    calls: usize,
}

const TRAFFIC: [Traffic; 4] = [
    Traffic { name: "a client's first request", quota: 100, window: MINUTE, clients: 10_000, calls: 10_000 },
    Traffic { name: "within the quota", quota: 100, window: MINUTE, clients: 200, calls: 16_000 },
    Traffic { name: "over the quota", quota: 100, window: MINUTE, clients: 20, calls: 16_000 },
    // A window of a second, in which its parts begin and end during the round.
    Traffic { name: "as time goes on", quota: 100, window: 1_000_000, clients: 100, calls: 16_000 },
];

pub(crate) async fn measure() -> io::Result<()> {
    let redis = Redis::start();
    let client = redis::Client::open(redis.url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let mut times = Vec::new();
    for traffic in TRAFFIC {
        let mut rounds = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (limiter, rounds) in Limiter::ALL.into_iter().zip(&mut rounds) {
                rounds.push(round(&redis, &mut connection, limiter, traffic).await);
            }
        }
        times.push((traffic.name, rounds.map(median)));
    }
    let mut worst = Vec::new();
    for limiter in Limiter::ALL {
        let bytes = [100, 1_000].map(|quota| (quota, limiter));
        let mut sizes = Vec::new();
        for (quota, limiter) in bytes {
            sizes.push(size(&redis, &mut connection, limiter, quota).await);
        }
        worst.push((limiter, sizes, most_in_a_window(&mut connection, limiter).await));
    }
    let text = markdown(&times, &worst);
    println!("{text}");
    let mean = means(&times);
    let rows: Vec<_> =
        Limiter::ALL.into_iter().zip(mean).map(|(l, us)| (l.name(), us, l == Limiter::Tuesday)).collect();
    fs::create_dir_all("docs")?;
    fs::write("docs/bench-limits.svg", report::bars("Microseconds of the server's time for one request", &rows))?;
    fs::write("docs/bench-limits.md", text)
}

/// The server's time for a call, in microseconds.
async fn round(redis: &Redis, connection: &mut MultiplexedConnection, limiter: Limiter, traffic: Traffic) -> f64 {
    redis.command(&["FLUSHALL"]);
    let script = limiter.script();
    script.load_async(connection).await.expect("the server takes the script");
    redis.command(&["CONFIG", "RESETSTAT"]);
    for call in 0..traffic.calls {
        let key = format!("{{n:203.0.113.{}}}:users-create|60000", call % traffic.clients);
        limiter.admits(&script, connection, &key, (traffic.quota, traffic.window), (call, None)).await;
    }
    let stats = redis.command(&["INFO", "commandstats"]);
    let line = stats.lines().find(|line| line.starts_with("cmdstat_evalsha:")).unwrap_or_default();
    let field = line.split(',').find_map(|field| field.strip_prefix("usec_per_call="));
    field.and_then(|text| text.parse().ok()).expect("the server counts its time")
}

/// The bytes that are stored for a client that has used its quota within a minute.
async fn size(redis: &Redis, connection: &mut MultiplexedConnection, limiter: Limiter, quota: i64) -> i64 {
    redis.command(&["FLUSHALL"]);
    let (script, key) = (limiter.with_time_from_arguments(), "{n:203.0.113.117}:users-create|60000");
    for call in 0..usize::try_from(quota).unwrap_or(0) {
        let at = 1_800_000_000_000_000 + i64::try_from(call).unwrap_or(0) * MINUTE / quota;
        limiter.admits(&script, connection, key, (quota, MINUTE), (call, Some(at))).await;
    }
    redis.command(&["MEMORY", "USAGE", key]).trim_start_matches(':').trim().parse().expect("a size")
}

/// The most requests that are admitted in any minute, for a client that first uses its whole quota
/// at once and then makes ten requests a second.
async fn most_in_a_window(connection: &mut MultiplexedConnection, limiter: Limiter) -> usize {
    let (script, mut most, mut admitted) = (limiter.with_time_from_arguments(), 0, VecDeque::new());
    let mut ask = async |call: usize, at: i64, script: &Script| {
        if limiter.admits(script, connection, "{worst}", (100, MINUTE), (call, Some(at))).await {
            admitted.push_back(at);
        }
        while admitted.front().is_some_and(|first| at - first >= MINUTE) {
            admitted.pop_front();
        }
        most = most.max(admitted.len());
    };
    let start = 1_800_000_000_000_000;
    for call in 0..100 {
        ask(call, start, &script).await;
    }
    for call in 1..1_800 {
        ask(100 + call, start + i64::try_from(call).unwrap_or(0) * 100_000, &script).await;
    }
    most
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn means(times: &[(&str, [f64; 3])]) -> [f64; 3] {
    let count = f64::from(u32::try_from(times.len()).unwrap_or(1));
    [0, 1, 2].map(|n| times.iter().map(|(_, all)| all[n]).sum::<f64>() / count)
}

fn markdown(times: &[(&str, [f64; 3])], worst: &[(Limiter, Vec<i64>, usize)]) -> String {
    let mut text = String::from(
        "# What a limit costs\n\n\
         Made by `make bench-limits`, against a real server on the same machine: the server's time for a\n\
         call in microseconds, as the server counts it (`INFO commandstats`, EVALSHA). Rounds of the limiters\n\
         alternate, and the figures are medians. The limit is 100 a minute.\n\n![Microseconds of the server's time for one request](bench-limits.svg)\n\n",
    );
    let names = Limiter::ALL.map(Limiter::name);
    let _ =
        writeln!(text, "| | {} | {} | {} | Tuesday / GCRA |\n|---|---:|---:|---:|---:|", names[0], names[1], names[2]);
    let mean = ("mean", means(times));
    for (name, [ours, gcra, log]) in times.iter().chain([&mean]) {
        let _ = writeln!(text, "| {name} | {ours:.2} us | {gcra:.2} us | {log:.2} us | {:.2} |", ours / gcra);
    }
    text.push_str(
        "\nAt most 1.3 times GCRA is the aim.\n\n| | bytes a client at 100 | at 1,000 | most admitted in a minute, of 100 |\n\
         |---|---:|---:|---:|\n",
    );
    for (limiter, sizes, most) in worst {
        let _ = writeln!(text, "| {} | {} | {} | {most} |", limiter.name(), sizes[0], sizes[1]);
    }
    text
}
