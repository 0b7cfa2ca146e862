//! Writes the measured costs as a table and as a plot.

use std::{fmt::Write, fs, path::Path};

/// What was asked for, and the units that it took.
type Costs = Vec<(&'static str, f64)>;

const HEAD: &str = "# What a request costs

`make bench-costs` makes this file. The figures are the capacity units that DynamoDB reports for a
request (`ReturnConsumedCapacity`), reads and writes together, in catalogues of several sizes. Each
request is the whole route, on a cold cache, with the shard counts of `template.yaml`. An eventual
read of 4 KB is half a unit. A write of 1 KB is one unit, twice that in a transaction, and one more
for each index that shows the item.
";

const FOOT: &str = "
A page reads from each of 32 shards, for half a unit at least, and so costs 16. With 4 shards, which
carry 4,000 writes a second, it is 2 to 4. A search for two words reads the rows of the rarer one
until the page is full: 100 rows at a time, 500 at most.
";

pub(super) fn write(folder: &str, measured: &[(usize, Costs)]) {
    // From the root of the project, as the Makefile says it.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    fs::write(folder.join("bench-costs.md"), markdown(measured)).unwrap();
    fs::write(folder.join("bench-costs.svg"), plot(measured)).unwrap();
}

fn markdown(measured: &[(usize, Costs)]) -> String {
    let mut text = format!("{HEAD}\n![Units a request, by the size of the catalogue](bench-costs.svg)\n\n| |");
    let mut line = "|---|".to_owned();
    for (size, _) in measured {
        let _ = write!(text, " {} products |", grouped(*size));
        line.push_str("---:|");
    }
    let _ = writeln!(text, "\n{line}");
    for (at, (name, _)) in measured[0].1.iter().enumerate() {
        let units: Vec<_> = measured.iter().map(|(_, costs)| format!("{:.1}", costs[at].1)).collect();
        let _ = writeln!(text, "| {name} | {} |", units.join(" | "));
    }
    text + FOOT
}

/// A line a kind of request, over the sizes on a logarithmic scale.
fn plot(measured: &[(usize, Costs)]) -> String {
    const COLOURS: [&str; 7] = ["#1f6f5c", "#0b3954", "#7b8ea8", "#b08900", "#c0562f", "#d99a7c", "#6a3d9a"];
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 330\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"760\" height=\"330\" fill=\"#fff\"/>\n\
         <text x=\"20\" y=\"28\" font-weight=\"bold\">Capacity units a request, by the size of the catalogue</text>\n",
    );
    let decades = |size: usize| f64::from(u32::try_from(size).unwrap()).log10();
    let (least, most) = (decades(measured[0].0), decades(measured[measured.len() - 1].0));
    let across = |size: usize| 60.0 + 480.0 * (decades(size) - least) / (most - least).max(0.1);
    let highest = measured.iter().flat_map(|(_, costs)| costs).map(|(_, units)| *units).fold(1.0, f64::max);
    let up = |units: f64| 290.0 - 230.0 * units / highest;
    for units in [0.0, highest / 2.0, highest] {
        let _ = writeln!(
            svg,
            "<line x1=\"60\" x2=\"540\" y1=\"{0:.1}\" y2=\"{0:.1}\" stroke=\"#ddd\"/>\
             <text x=\"52\" y=\"{1:.1}\" text-anchor=\"end\">{units:.0}</text>",
            up(units),
            up(units) + 4.0
        );
    }
    for (size, _) in measured {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"312\" text-anchor=\"middle\">{}</text>",
            across(*size),
            grouped(*size)
        );
    }
    for (at, ((name, _), colour)) in measured[0].1.iter().zip(COLOURS).enumerate() {
        let points = measured.iter().map(|(size, costs)| format!("{:.1},{:.1}", across(*size), up(costs[at].1)));
        let points = points.collect::<Vec<_>>().join(" ");
        let units = measured[measured.len() - 1].1[at].1;
        let y = 66.0 + 26.0 * f64::from(u32::try_from(at).unwrap());
        let _ = writeln!(
            svg,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>\
             <rect x=\"560\" y=\"{:.0}\" width=\"14\" height=\"4\" fill=\"{colour}\"/>\
             <text x=\"582\" y=\"{y:.0}\">{name}: {units:.1}</text>",
            y - 7.0
        );
    }
    svg + "</svg>\n"
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}
