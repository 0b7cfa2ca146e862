//! No file needs a file that needs it. So each file can be read with only what is below it.
//!
//! A folder's `mod.rs` (a crate's `lib.rs`) is one thing with its folder: it knows its files, and
//! they may use what it defines.

use crate::{
    graph::Files,
    sources::{Source, below},
};
use std::collections::{BTreeMap, BTreeSet};

/// The steps that are part of a circle.
fn circles(sources: &[Source]) -> Vec<String> {
    let files = Files::new(sources);
    let mut edges = files.edges();
    for (from, all) in &mut edges {
        all.retain(|to| !is_own_face(from, to));
    }
    let steps = edges.iter().flat_map(|(from, all)| all.iter().map(move |to| (*from, *to)));
    steps.filter(|(from, to)| reaches(&edges, to, from)).map(|(from, to)| format!("{from} needs {to}")).collect()
}

/// Whether `to` is the `mod.rs` or `lib.rs` of a folder that holds `from`.
fn is_own_face(from: &str, to: &str) -> bool {
    let folder = to.strip_suffix("mod.rs").or_else(|| to.strip_suffix("lib.rs"));
    folder.is_some_and(|folder| from.starts_with(folder))
}

/// Whether `to` is needed by `from`, by way of others.
fn reaches(edges: &BTreeMap<&str, BTreeSet<&str>>, from: &str, to: &str) -> bool {
    let (mut left, mut seen) = (vec![from], BTreeSet::new());
    while let Some(file) = left.pop() {
        if file == to {
            return true;
        }
        left.extend(edges.get(file).into_iter().flatten().copied().filter(|next| seen.insert(*next)));
    }
    false
}

/// The sources of a crate without its programs, which nothing can import.
fn library(folder: &str) -> Vec<Source> {
    let is_program = |path: &str| path.contains("/src/bin/");
    below(folder).into_iter().filter(|source| !source.is_test() && !is_program(&source.path)).collect()
}

#[test]
fn no_file_of_shared_needs_a_file_that_needs_it() {
    assert_eq!(circles(&library("shared/src")), [""; 0]);
}

#[test]
fn no_file_of_the_storefront_needs_a_file_that_needs_it() {
    assert_eq!(circles(&library("functions/src")), [""; 0]);
}

#[test]
fn no_file_of_a_tool_needs_a_file_that_needs_it() {
    let mut tools: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for source in library("tools") {
        let tool = source.path.split('/').take(3).collect::<Vec<_>>().join("/");
        // A library's program is another crate.
        if tool.ends_with("/src") && !source.path.ends_with("/src/main.rs") {
            tools.entry(tool).or_default().push(source);
        }
    }
    for (tool, sources) in tools {
        assert_eq!(circles(&sources), [""; 0], "{tool}");
    }
}

fn crate_of(files: &[(&str, &str)]) -> Vec<Source> {
    files.iter().map(|(path, text)| Source { path: format!("x/src/{path}"), text: (*text).to_owned() }).collect()
}

/// What each pair of files imports makes a circle, however it is written.
#[test]
fn a_circle_is_seen_however_it_is_written() {
    let broken: &[(&str, &[(&str, &str)])] = &[
        ("crate", &[("a.rs", "use crate::b::B; pub struct A;"), ("b.rs", "use crate::a::A; pub struct B;")]),
        ("super", &[("m/a.rs", "use super::b::B; pub struct A;"), ("m/b.rs", "fn f() { super::a::A; } pub struct B;")]),
        (
            "a name that mod.rs hands on",
            &[
                ("m/mod.rs", "mod a; mod b; pub use a::A; pub use self::b::B;"),
                ("m/a.rs", "use super::B; pub struct A;"),
                ("m/b.rs", "use crate::m::A; pub struct B;"),
            ],
        ),
        (
            "a nested tree with an alias",
            &[
                ("a.rs", "use crate::{c::C, m::{self, b::{B as Other}}}; pub struct A;"),
                ("m/mod.rs", "pub mod b;"),
                ("m/b.rs", "use crate::a; pub struct B; fn f() { a::A; }"),
                ("c.rs", "pub struct C;"),
            ],
        ),
        (
            "all of a module",
            &[("a.rs", "use crate::b::*; pub struct A(B);"), ("b.rs", "use crate::a::A; pub struct B;")],
        ),
        (
            "a folder's file and its mod.rs, by way of a file outside",
            &[("m/mod.rs", "use crate::n::N; pub struct M(N);"), ("n.rs", "use crate::m::M; pub struct N;")],
        ),
        (
            "two steps",
            &[
                ("a.rs", "use crate::b::B; pub struct A;"),
                ("b.rs", "use crate::c::C; pub struct B;"),
                ("c.rs", "fn f() { crate::a::A; } pub struct C;"),
            ],
        ),
    ];
    for (what, files) in broken {
        assert!(circles(&crate_of(files)).len() >= 2, "{what} was not seen");
    }
}

#[test]
fn what_is_no_circle_is_left_alone() {
    let files = [
        ("lib.rs", "pub mod m; pub mod n;"),
        // It hands on what it does not use, and its files import each other's names from it.
        ("m/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
        ("m/a.rs", "use super::B; use other::A as Foreign; pub struct A;"),
        ("m/b.rs", "pub struct B;"),
        ("n.rs", "use crate::m::{self, A}; fn f() { m::B; }"),
        // A folder's files may use what its face defines.
        ("q/mod.rs", "mod r; pub use r::R; pub struct Q(R);"),
        ("q/r.rs", "use super::Q; pub struct R;"),
        // Its unit tests may import what they like.
        ("o.rs", "pub struct O;\n\n#[cfg(test)]\nmod tests {\n    use crate::p::P;\n}\n"),
        ("p.rs", "use crate::o::O; pub struct P;"),
    ];
    assert_eq!(circles(&crate_of(&files)), [""; 0]);
    let sources = crate_of(&files);
    let files = Files::new(&sources);
    let needed = files.edges()["x/src/n.rs"].clone();
    assert_eq!(needed.into_iter().collect::<Vec<_>>(), ["x/src/m/a.rs", "x/src/m/b.rs"], "where they are defined");
}
