//! The results as tables and as a plot.

use crate::{contenders::Contender, expiry::ExpiryResult, latency::LatencyResult, traffic::TrafficResult};
use std::fmt::Write;

const HEAD: &str = "# What the cache is worth

Made by `make bench-cache`, against a real server on the same machine. A minute of traffic is 1,000
requests a second over 100,000 keys (Zipf 0.99), and one request in a hundred is a write. All caches
get the same requests, spread over the environments at random. An answer is *old* when its version
was replaced more than five seconds before.
";

pub(crate) fn markdown(
    traffic: &[TrafficResult],
    expiries: &[(Contender, ExpiryResult)],
    latency: &LatencyResult,
) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n![Table loads when one hot key expires](bench-cache.svg)\n\n## A minute of traffic\n\n");
    text.push_str("| environments | | L1 hits | L1 + L2 hits | table loads a request | old answers |\n");
    text.push_str("|---:|---|---:|---:|---:|---:|\n");
    for o in traffic {
        let part = |n: u32| 100.0 * f64::from(n) / f64::from(o.reads);
        let _ = writeln!(
            text,
            "| {} | {} | {:.1}% | {:.1}% | {:.3} | {} |",
            o.environments,
            o.contender.name(),
            part(o.l1),
            part(o.l1 + o.l2),
            a_request(o),
            o.old
        );
    }
    text.push_str("\n## One hot key expires\n\n");
    text.push_str("1,000 requests a second over 200 environments, and 50 ms for a load. The article's memory never\n");
    text.push_str("expires, so its figure is that of environments that have just started.\n\n");
    text.push_str("| | table loads an expiry | requests of 150 that waited |\n|---|---:|---:|\n");
    for (contender, o) in expiries {
        let _ = writeln!(text, "| {} | {:.1} | {:.1} |", contender.name(), o.loads, o.slow);
    }
    let ratio = latency.l2_us / latency.bare_us;
    text.push_str("\n## One hit\n\n| | Tuesday | the bare library |\n|---|---:|---:|\n");
    let _ = writeln!(
        text,
        "| memory: key, lookup, clone, count | {:.0} ns | {:.0} ns (quick_cache, key and clone) |",
        latency.l1_ns, latency.quick_cache_ns
    );
    let _ = writeln!(
        text,
        "| L2: the same, and decode | {:.1} us, {:.2} commands | {:.1} us (redis-rs GET) |",
        latency.l2_us, latency.round_trips, latency.bare_us
    );
    let _ = writeln!(text, "\nAn L2 hit costs {ratio:.2} times a bare GET; at most 1.15 is the aim.");
    text
}

/// Table loads for each expiry, as bars.
pub(crate) fn plot(expiries: &[(Contender, ExpiryResult)]) -> String {
    let rows = expiries.iter().map(|(contender, o)| (contender.name(), o.loads, *contender == Contender::Tuesday));
    bars("Table loads when one hot key expires in 200 environments", &rows.collect::<Vec<_>>())
}

/// Bars with a name, a value, and whether the bar is highlighted.
pub(crate) fn bars(title: &str, rows: &[(&str, f64, bool)]) -> String {
    let height = 50 + 40 * rows.len();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"760\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"20\" y=\"28\" font-weight=\"bold\">{title}</text>\n",
    );
    let most = rows.iter().map(|(_, value, _)| *value).fold(1.0, f64::max);
    for ((name, value, ours), y) in rows.iter().zip((48..).step_by(40)) {
        let (width, colour) = (440.0 * value / most, if *ours { "#1f6f5c" } else { "#b9c2c0" });
        let _ = writeln!(
            svg,
            "<text x=\"236\" y=\"{0}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"246\" y=\"{y}\" width=\"{width:.0}\" height=\"26\" fill=\"{colour}\"/>\
             <text x=\"{1:.0}\" y=\"{0}\">{value:.1}</text>",
            y + 18,
            254.0 + width,
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn a_request(outcome: &TrafficResult) -> f64 {
    f64::from(u32::try_from(outcome.loads).unwrap_or(u32::MAX)) / f64::from(outcome.reads)
}
