//! The figures, as a table and as a plot.

use crate::{contenders::Kind, expiry, latency, traffic};
use std::fmt::Write;

const HEAD: &str = "# What the cache is worth

Made by `make bench-cache`, against a real server on the same machine. A minute of traffic is 1,000 requests a second over
100,000 keys, Zipf 0.99, one in a hundred a write, spread over the environments at random; the same requests for all. An
answer is *old* when its version had been replaced more than five seconds before.
";

pub(crate) fn markdown(
    traffic: &[traffic::Outcome],
    expiries: &[(Kind, expiry::Outcome)],
    latency: &latency::Outcome,
) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n![Table loads a thousand requests](bench-cache.svg)\n\n## A minute of traffic\n\n");
    text.push_str("| environments | | L1 hits | L1 + L2 hits | table loads a request | old answers |\n");
    text.push_str("|---:|---|---:|---:|---:|---:|\n");
    for o in traffic {
        let part = |n: u32| 100.0 * f64::from(n) / f64::from(o.reads);
        let _ = writeln!(
            text,
            "| {} | {} | {:.1}% | {:.1}% | {:.3} | {} |",
            o.environments,
            o.kind.name(),
            part(o.l1),
            part(o.l1 + o.l2),
            a_request(o),
            o.old
        );
    }
    text.push_str("\n## One hot key expires\n\nUnder 1,000 requests a second over 200 environments, 50 ms to load. ");
    text.push_str(
        "The article's memory never expires: its figure is that of environments which have just started.\n\n",
    );
    text.push_str("| | table loads an expiry | requests of 150 that waited |\n|---|---:|---:|\n");
    for (kind, o) in expiries {
        let _ = writeln!(text, "| {} | {:.1} | {:.1} |", kind.name(), o.loads, o.slow);
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

/// Table loads a thousand requests, by environments, as lines on a logarithmic scale.
pub(crate) fn plot(traffic: &[traffic::Outcome]) -> String {
    let colours = ["#8a8a8a", "#c0392b", "#d68910", "#1f6f5c"];
    let x = |environments: usize| {
        let at = traffic::FLEETS.iter().position(|n| *n == environments).unwrap_or(0);
        80.0 + 150.0 * f64::from(u8::try_from(at).unwrap_or(0))
    };
    // From 10 to 1,000 loads a thousand requests.
    let y = |loads: f64| 290.0 - 125.0 * ((loads * 1_000.0).max(10.0).log10() - 1.0);
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 820 340\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"820\" height=\"340\" fill=\"#fff\"/>\n\
         <text x=\"80\" y=\"22\" font-weight=\"bold\">Table loads a thousand requests, by environments</text>\n",
    );
    for (label, at) in [("10", 0.01), ("100", 0.1), ("1000", 1.0)] {
        let _ = writeln!(
            svg,
            "<path d=\"M80 {0:.0}H530\" stroke=\"#ddd\"/><text x=\"72\" y=\"{1:.0}\" text-anchor=\"end\">{label}</text>",
            y(at),
            y(at) + 4.0
        );
    }
    for environments in traffic::FLEETS {
        let _ =
            writeln!(svg, "<text x=\"{:.0}\" y=\"315\" text-anchor=\"middle\">{environments}</text>", x(environments));
    }
    for (kind, colour) in Kind::ALL.into_iter().zip(colours) {
        let of_kind: Vec<_> = traffic.iter().filter(|o| o.kind == kind).collect();
        let points: Vec<_> =
            of_kind.iter().map(|o| format!("{:.0},{:.0}", x(o.environments), y(a_request(o)))).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>",
            points.join(" ")
        );
        if let Some(last) = of_kind.last() {
            let _ = writeln!(
                svg,
                "<text x=\"540\" y=\"{:.0}\" fill=\"{colour}\">{}</text>",
                y(a_request(last)) + 4.0,
                kind.name()
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn a_request(outcome: &traffic::Outcome) -> f64 {
    f64::from(u32::try_from(outcome.loads).unwrap_or(u32::MAX)) / f64::from(outcome.reads)
}
