//! Files stay small enough to be read in one go.

use crate::sources::{Source, below, ending, files};

/// Lines of a file, its unit tests aside.
const FILE: usize = 300;
/// Lines of the file in the middle, when all are sorted by their lines.
const MEDIAN: usize = 80;
/// Lines of code of a route: what it declares and what it does. Imports, comments and blank lines
/// are not counted.
const ROUTE: usize = 60;

/// The lines that say what happens.
fn code(text: &str) -> usize {
    let (mut importing, mut count) = (false, 0);
    for line in text.lines().map(str::trim) {
        importing |= line.starts_with("use ") || line.starts_with("pub use ");
        if !importing && !line.is_empty() && !line.starts_with("//") {
            count += 1;
        }
        importing &= !line.ends_with(';');
    }
    count
}

/// Every file of code: what is deployed, tools and tests.
fn sources() -> Vec<Source> {
    files(|path| matches!(ending(path), "rs" | "py" | "js"))
}

/// The median of some numbers.
fn median(mut numbers: Vec<usize>) -> usize {
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}

#[test]
fn a_file_is_read_in_one_go() {
    for source in sources() {
        let lines = source.without_tests().lines().count();
        assert!(lines <= FILE, "{} has {lines} lines, tests aside; {FILE} is the limit", source.path);
    }
}

#[test]
fn half_of_all_files_are_short() {
    let lines = median(sources().iter().map(|source| source.without_tests().lines().count()).collect());
    assert!(lines <= MEDIAN, "the median is {lines} lines; {MEDIAN} is the limit");
    assert_eq!(median(vec![9, 1, 5]), 5);
}

#[test]
fn a_route_is_read_at_a_glance() {
    for source in below("functions/src/routes") {
        let lines = code(&source.without_tests());
        assert!(lines <= ROUTE, "{} has {lines} lines of code; {ROUTE} is the limit", source.path);
    }
}

#[test]
fn code_is_what_is_counted() {
    assert_eq!(
        code("//! Docs.\n\nuse a::{\n    b,\n    c,\n};\nuse d;\n\n/// More.\nfn f() {\n    // why\n    g();\n}\n"),
        3
    );
}
