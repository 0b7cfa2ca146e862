//! The sources, as text.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A Rust file.
pub(crate) struct Source {
    /// Its path from the root of the project: `shared/src/table/key.rs`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl Source {
    /// Where it stands in its crate: `["table", "key"]`; empty for the crate's root.
    pub(crate) fn module(&self) -> Vec<String> {
        let inside = self.path.split_once("src/").map_or(self.path.as_str(), |(_, inside)| inside);
        let mut names: Vec<_> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        names.pop_if(|last| matches!(last.as_str(), "lib" | "main" | "mod"));
        names
    }

    /// Whether it holds nothing but unit tests: such a file is declared behind `#[cfg(test)]`.
    pub(crate) fn is_test(&self) -> bool {
        let name = self.module().pop().unwrap_or_default();
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let holders = ["mod.rs", "lib.rs", "main.rs"].map(|file| root().join(folder).join(file));
        let declared = format!("#[cfg(test)]\nmod {name};");
        holders.iter().any(|file| fs::read_to_string(file).is_ok_and(|text| text.contains(&declared)))
    }

    /// The text without its unit tests, which stand in a module at the end.
    pub(crate) fn without_tests(&self) -> String {
        let ends = self.text.match_indices("\n#[cfg(test)]\nmod ").map(|(at, _)| at);
        let is_inline = |at: &usize| self.text[at + 1..].lines().nth(1).is_some_and(|line| line.ends_with('{'));
        let mut ends = ends.filter(is_inline);
        self.text[..ends.next().unwrap_or(self.text.len())].to_owned()
    }
}

/// The folder that holds the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the project.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// What stands behind the last dot of a path.
pub(crate) fn ending(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// All Rust files below a folder, which must hold some.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root().join(folder), &|path| ending(path) == "rs", &mut found);
    assert!(!found.is_empty(), "{folder} holds no Rust");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// What people write: everything else is made by a program.
const WRITTEN: &[&str] = &["shared", "functions", "tools", "tests", "infra", "localstack", "docs", ".ci", ".github"];

/// All files of the project that are `wanted` by their path.
pub(crate) fn files(wanted: impl Fn(&str) -> bool) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in WRITTEN.iter().map(|folder| root().join(folder)).filter(|folder| folder.is_dir()) {
        walk(&folder, &wanted, &mut found);
    }
    for entry in fs::read_dir(root()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        add(&entry.path(), &wanted, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(folder: &Path, wanted: &impl Fn(&str) -> bool, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match path.is_dir() {
            // What a program keeps beside the sources: `.local`, `__pycache__`, `target`.
            true if name.starts_with(['.', '_']) || name == "target" => {}
            true => walk(&path, wanted, found),
            false => add(&path, wanted, found),
        }
    }
}

fn add(file: &Path, wanted: &impl Fn(&str) -> bool, found: &mut Vec<Source>) {
    let path = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    if wanted(&path) {
        found.push(Source { path, text: fs::read_to_string(file).unwrap() });
    }
}
