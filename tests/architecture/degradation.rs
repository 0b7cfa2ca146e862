//! `docs/DEGRADATION.md` says of every function and of everything that it stands on what its caller
//! gets, and by which test we know.

use crate::{
    sources::{below, read},
    template::functions,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a function stands on, by what its part of the template says.
const SERVICES: &[(&str, &[&str])] = &[
    ("Valkey", &["CACHE_URL:"]),
    ("SQS", &["_QUEUE_URL:", "DLQ_URL:"]),
    ("SES", &["ses:SendEmail"]),
    ("S3", &["s3:"]),
    ("CDN", &["PURGE_URL:"]),
    ("keys", &["SIGNING_KEY"]),
];

/// The services of a function.
fn services(text: &str) -> BTreeSet<&'static str> {
    let named = SERVICES.iter().filter(|(_, marks)| marks.iter().any(|mark| text.contains(mark)));
    let mut services: BTreeSet<_> = named.map(|(name, _)| *name).collect();
    // Any table but that of the keys.
    if text.lines().any(|line| line.contains("_TABLE:") && !line.contains("SIGNING_KEY")) {
        services.insert("DynamoDB");
    }
    services
}

/// The rows of the table whose first column has this head.
fn rows(text: &str, head: &str) -> Vec<Vec<String>> {
    let table = text.split(&format!("\n| {head} |")).nth(1).unwrap_or_else(|| panic!("no table begins with {head}"));
    let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// By kind, its functions.
fn kinds(text: &str) -> BTreeMap<String, Vec<String>> {
    let row = |cells: Vec<String>| (cells[0].clone(), quoted(&cells[1]).into_iter().map(str::to_owned).collect());
    rows(text, "kind | functions").into_iter().map(row).collect()
}

fn document() -> String {
    read("docs/DEGRADATION.md")
}

#[test]
fn every_function_has_one_kind() {
    let text = document();
    let mut said: Vec<_> = kinds(&text).into_values().flatten().collect();
    said.sort_unstable();
    let deployed: BTreeSet<_> = functions().into_iter().map(|function| function.name).collect();
    assert_eq!(said, deployed.into_iter().collect::<Vec<_>>(), "left: docs/DEGRADATION.md, right: template.yaml");
}

#[test]
fn a_kind_has_a_row_for_each_service_that_its_functions_use_and_no_other() {
    let text = document();
    let used: BTreeMap<_, _> = functions().into_iter().map(|f| (f.name, services(&f.text))).collect();
    let wanted = kinds(&text).into_iter().flat_map(|(kind, functions)| {
        let all: BTreeSet<_> = functions.iter().filter_map(|name| used.get(name)).flatten().copied().collect();
        all.into_iter().map(move |service| (kind.clone(), service.to_owned()))
    });
    let wanted: BTreeSet<_> = wanted.collect();
    let rows = rows(&text, "kind | service | dead | slow | wrong");
    let said: BTreeSet<_> = rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(said, wanted, "left: docs/DEGRADATION.md, right: template.yaml");
    assert_eq!(rows.len(), said.len(), "a row stands there twice");
}

/// Where tests are, as they are named: the modules of the file, and the names of its tests.
fn tests() -> Vec<(Vec<String>, BTreeSet<String>)> {
    let folders = ["tests", "shared/src", "functions/src", "tools"];
    let sources = folders.iter().flat_map(|folder| below(folder));
    sources
        .map(|source| {
            let path = source.path.trim_end_matches(".rs").replace("/src/", "/");
            let modules = path.split('/').filter(|part| *part != "mod").map(str::to_owned).collect();
            (modules, names(&source.text))
        })
        .collect()
}

/// The functions that stand below `#[test]` or `#[tokio::test]`.
fn names(text: &str) -> BTreeSet<String> {
    let (mut names, mut is_test) = (BTreeSet::new(), false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
            names.insert(rest.split(['(', '<']).next().unwrap_or_default().to_owned());
            is_test = false;
        } else if !line.starts_with("//") {
            is_test = false;
        }
    }
    names
}

/// Why a cell proves nothing; `None` when every test that it names is there.
fn flaw(cell: &str, tests: &[(Vec<String>, BTreeSet<String>)], scenarios: &BTreeSet<&str>) -> Option<String> {
    let named: Vec<_> = quoted(cell).into_iter().filter(|name| name.contains(':')).collect();
    if named.is_empty() {
        return Some(format!("names no test: {cell}"));
    }
    named.into_iter().find_map(|name| {
        if let Some(scenario) = name.strip_prefix("run: ") {
            return (!scenarios.contains(scenario)).then(|| format!("the run has no scenario {scenario:?}"));
        }
        let (path, test) = name.rsplit_once("::")?;
        let path: Vec<_> = path.split(['/', ':']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let there = tests.iter().any(|(modules, names)| modules.ends_with(&path) && names.contains(test));
        (!there).then(|| format!("there is no test {name}"))
    })
}

#[test]
fn every_cell_names_tests_that_are_there() {
    let (text, tests, run) = (document(), tests(), read("tests/faults/scenarios.rs"));
    let scenarios: BTreeSet<_> = run.split('"').skip(1).step_by(2).collect();
    let mut flaws = Vec::new();
    for row in rows(&text, "kind | service | dead | slow | wrong") {
        assert_eq!(row.len(), 5, "{row:?}");
        for cell in &row[2..] {
            flaws.extend(flaw(cell, &tests, &scenarios).map(|flaw| format!("{}, {}: {flaw}", row[0], row[1])));
        }
    }
    assert!(flaws.is_empty(), "docs/DEGRADATION.md\n{}", flaws.join("\n"));
}

#[test]
fn what_is_missing_is_seen() {
    let tests = [(vec!["tests".to_owned(), "a".to_owned(), "b".to_owned()], BTreeSet::from(["it_works".to_owned()]))];
    let scenarios = BTreeSet::from(["cache down"]);
    let flaw = |cell| flaw(cell, &tests, &scenarios);
    assert_eq!(flaw("Well. `a::b::it_works` `run: cache down`"), None);
    for bad in ["Well.", "`Degraded`", "`a::b::it_works` `b::it_fails`", "`c::it_works`", "`run: cache up`"] {
        assert!(flaw(bad).is_some(), "{bad}");
    }
    let text = "#[test]\n#[ignore = \"long\"]\nasync fn one() {}\nfn helper() {}\n#[tokio::test(start_paused = true)]\nasync fn two() {}";
    assert_eq!(names(text), BTreeSet::from(["one".to_owned(), "two".to_owned()]));
    assert_eq!(services("A_TABLE: x\nSIGNING_KEYS_TABLE: y"), BTreeSet::from(["DynamoDB", "keys"]));
}
