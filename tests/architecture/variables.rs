//! Environment variables: the code reads those that are listed, the template sets them, and
//! `docs/CONFIGURATION.md` shows them.

use crate::{
    generated::{hold, table},
    sources::{Source, below, read},
};
use shared::env::{Unset, Var};
use std::collections::BTreeSet;

const GUIDE: &str = "docs/CONFIGURATION.md";

/// The rows of the guide, in the order of the list.
fn listed(variables: &[&Var]) -> String {
    let unset = |variable: &Var| match variable.unset {
        Unset::Fails => "The function does not start.".to_owned(),
        Unset::Default(value) => format!("`{value}`"),
        Unset::Means(what) => what.to_owned(),
        Unset::SetByLambda => "Lambda always sets it.".to_owned(),
    };
    let row = |variable: &&Var| {
        vec![format!("`{}`", variable.name), variable.meaning.trim().replace('\n', " "), unset(variable)]
    };
    table(&["variable", "meaning", "while it is unset"], variables.iter().map(row))
}

/// What the storefront lists.
fn storefront() -> impl Iterator<Item = &'static &'static Var> {
    functions::env::ALL.iter().chain(functions::workers::queues::ALL)
}

/// All that the code can read.
fn all() -> impl Iterator<Item = &'static &'static Var> {
    shared::env::ALL.iter().chain(storefront())
}

/// The variables that a template sets: the keys below each `Variables:`.
fn set_by(template: &str) -> BTreeSet<String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let (mut names, mut block) = (BTreeSet::new(), None);
    for line in template.lines().filter(|line| !line.trim().is_empty()) {
        if block.is_some_and(|begin| depth(line) <= begin) {
            block = None;
        }
        if line.trim() == "Variables:" {
            block = Some(depth(line));
        } else if let (Some(_), Some((name, _))) = (block, line.trim().split_once(": ")) {
            names.insert(name.to_owned());
        }
    }
    names
}

/// The names of variables that stand as a text in code, outside the lists and outside unit tests.
fn spelled(sources: &[Source], names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources
        .iter()
        .filter(|source| !source.path.ends_with("/src/env.rs") && source.path != "functions/src/workers/mod.rs")
    {
        let text = source.without_tests();
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_\"".contains(letter));
        let quoted = words.filter_map(|word| word.strip_prefix('"')?.strip_suffix('"'));
        let quoted = quoted.filter(|name| name.ends_with("_TABLE") || names.contains(name));
        found.extend(quoted.map(|name| format!("{}: {name}", source.path)));
    }
    found
}

#[test]
fn the_guide_lists_the_variables_that_the_code_can_read() {
    hold(GUIDE, "variables of any backend", &listed(shared::env::ALL));
    hold(GUIDE, "variables of the storefront", &listed(&storefront().copied().collect::<Vec<_>>()));
}

#[test]
fn no_two_variables_have_one_name_and_each_says_what_it_means() {
    let names: BTreeSet<_> = all().map(|variable| variable.name).collect();
    assert_eq!(names.len(), all().count(), "a name is listed twice");
    for variable in all() {
        assert!(variable.meaning.trim().ends_with('.'), "{}: {}", variable.name, variable.meaning);
    }
}

#[test]
fn the_template_sets_what_is_listed_and_all_that_a_function_cannot_start_without() {
    let set = set_by(&read("template.yaml"));
    let listed: BTreeSet<_> = all().map(|variable| variable.name.to_owned()).collect();
    assert_eq!(set.difference(&listed).collect::<Vec<_>>(), [""; 0], "set, and not listed");
    let needed = all().filter(|variable| variable.unset == Unset::Fails).map(|variable| variable.name.to_owned());
    let needed: BTreeSet<_> = needed.collect();
    assert_eq!(needed.difference(&set).collect::<Vec<_>>(), [""; 0], "needed, and set nowhere");
}

#[test]
fn a_variable_is_spelled_in_its_list_only() {
    let names: Vec<_> = all().map(|variable| variable.name).collect();
    let sources = ["shared/src", "functions/src", "tools"].map(below).into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(spelled(&sources, &names), [""; 0]);
}

#[test]
fn what_is_wrong_with_a_variable_is_seen() {
    let template = "Globals:\n  Variables:\n    ONE: !Ref One\n    TWO: \"2\" # text\n  Timeout: 1\nX:\n  THREE: 3\n";
    assert_eq!(set_by(template).into_iter().collect::<Vec<_>>(), ["ONE", "TWO"]);
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let sources = [
        source("x/src/a.rs", "app.table(\"NEW_TABLE\"); vars.get(\"ONE\"); \"ANOTHER\""),
        source("x/src/env.rs", "\"ONE\""),
        source("x/src/b.rs", "\n#[cfg(test)]\nmod tests {\n\"ONE\"\n}"),
    ];
    assert_eq!(spelled(&sources, &["ONE"]), ["x/src/a.rs: NEW_TABLE", "x/src/a.rs: ONE"]);
}
