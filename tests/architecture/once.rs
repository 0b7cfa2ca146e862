//! What stands in one place: the name of a type, and the variable that names a table.

use crate::{
    paths::names,
    sources::{Source, below},
};
use std::collections::BTreeMap;

/// What defines a type.
const TYPES: &[&str] = &["struct", "enum", "trait", "type"];

/// All code that is not a test.
fn code() -> Vec<Source> {
    let all = ["shared/src", "functions/src", "tools"].into_iter().flat_map(below);
    all.filter(|source| !source.is_test() && !source.path.contains("/tests/")).collect()
}

/// The places of each type's name.
fn types(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        let names = names(&source.without_tests(), &source.module());
        let types = names.definitions.into_iter().filter(|d| TYPES.contains(&d.kind.as_str()) && d.outside);
        for definition in types {
            places.entry(definition.name).or_default().push(source.path.clone());
        }
    }
    places
}

/// The places of each variable that names a table, in a list or as a text.
fn tables(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        let text = source.without_tests();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            // A list of variables names each as `USERS_TABLE: Fails;`.
            let listed = line.trim().split_once(": ").filter(|(_, rest)| !rest.contains('=')).map(|(name, _)| name);
            let literals = line.split('"').skip(1).step_by(2).chain(listed).filter(|text| text.ends_with("_TABLE"));
            for literal in literals.filter(|text| text.chars().all(|c| c.is_ascii_uppercase() || c == '_')) {
                places.entry(literal.to_owned()).or_default().push(source.path.clone());
            }
        }
    }
    places
}

/// What has more than one place.
fn several(places: BTreeMap<String, Vec<String>>) -> Vec<String> {
    let several = places.into_iter().filter(|(_, places)| places.len() > 1);
    several.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect()
}

/// Reads of what was only to be logged, outside of tests.
fn readers(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let text = source.without_tests();
        let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        let reads = code.filter(|(_, line)| line.contains(".fact(") || line.contains(".counted("));
        found.extend(reads.map(|(at, _)| format!("{}:{}", source.path, at + 1)));
    }
    found
}

#[test]
fn a_types_name_means_one_thing() {
    assert_eq!(several(types(&code())), [""; 0]);
}

#[test]
fn a_tables_variable_stands_once() {
    let tables = tables(&code());
    assert!(!tables.is_empty(), "no table is named");
    assert_eq!(several(tables), [""; 0]);
}

#[test]
fn no_code_reads_what_it_logs() {
    assert_eq!(readers(&code()), [""; 0]);
}

#[test]
fn what_stands_twice_is_seen() {
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    let sources = [
        source("a/src/a.rs", "struct A;\n// \"B_TABLE\"\nf(\"A_TABLE\");\ncx.event.fact(\"a\");"),
        source("b/src/b.rs", "mod m { pub(super) enum A {} } trait B { type C; }\nf(\"A_TABLE\", \"B_TABLE\");"),
        source("c/src/c.rs", "struct D; impl B for D { type C = u8; }\n\n#[cfg(test)]\nmod tests {\n    struct A;\n}"),
        source("d/src/d.rs", "struct D;"),
    ];
    assert_eq!(several(types(&sources)), ["A: a/src/a.rs, b/src/b.rs", "D: c/src/c.rs, d/src/d.rs"]);
    assert_eq!(several(tables(&sources)), ["A_TABLE: a/src/a.rs, b/src/b.rs"]);
    assert_eq!(readers(&sources), ["a/src/a.rs:4"]);
}
