//! Comments and documents are read in one column: at most 100 characters a line.

use crate::{
    comments::{Language, comment, language, prose},
    sources::{Source, files},
};

/// The most that a line of prose may take.
const COLUMNS: usize = 100;

/// What `make help` prints before a target's text.
const HELP: usize = "  make 123456789012 ".len();

/// Whether a line is too long, and could be broken before the end of the column. The help of a
/// Makefile's target counts as it is printed.
fn is_too_long(language: Language, line: &str) -> bool {
    if let Some((_, help)) = line.split_once(" ## ").filter(|_| language == Language::Hash) {
        return HELP + help.chars().count() > COLUMNS;
    }
    if line.chars().count() <= COLUMNS {
        return false;
    }
    let marks: &[&str] = match language {
        Language::Slashes => &["//"],
        Language::Hash => &["#", "//"],
        Language::Python => &["#"],
        Language::Markdown => &[],
    };
    let said = comment(line, marks).unwrap_or(line).trim();
    let said = said.trim_start_matches(['-', '*', '>', '"']).trim_start();
    // A trailing comment can always go above its line.
    let is_alone = marks.is_empty() || line.trim_end().ends_with(said) && starts_with_a_mark(line, marks);
    !is_alone || said.contains(' ')
}

fn starts_with_a_mark(line: &str, marks: &[&str]) -> bool {
    marks.iter().any(|mark| line.trim_start().starts_with(mark))
}

/// The lines of these files that are too long.
fn too_long(files: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let Some(language) = language(&file.path) else { continue };
        let lines = prose(language, &file.text).into_iter().filter(|(_, line)| is_too_long(language, line));
        found.extend(lines.map(|(number, line)| format!("{}:{number} has {}", file.path, line.chars().count())));
    }
    found
}

#[test]
fn comments_and_documents_are_at_most_100_columns_wide() {
    let found = too_long(&files(|path| language(path).is_some()));
    assert!(found.is_empty(), "{} lines are longer than {COLUMNS}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_line_that_is_too_long_is_seen_and_one_that_cannot_be_broken_is_not() {
    let (words, url) = ("word ".repeat(21), format!("https://example.com/{}", "x".repeat(100)));
    let seen = |path: &str, text: String| too_long(&[Source { path: path.into(), text }]).len();
    let long = [
        ("a.rs", format!("    // {words}")),
        ("a.rs", format!("/// {words}")),
        ("a.rs", format!("let a = 1; // {url}")),
        ("a.py", format!("    \"\"\"{words}")),
        ("a.py", format!("# {words}")),
        ("a.yaml", format!("key: value # {words}")),
        ("Makefile", format!("target: other ## {}", &words[..85])),
        ("a.vcl", format!("# {words}")),
        ("a.js", format!("// {words}")),
        ("a.md", words.clone()),
        ("a.md", format!("See {url}")),
    ];
    for (path, text) in long {
        assert_eq!(seen(path, text.clone()), 1, "{path}: {text}");
    }
    let fine = [
        ("a.rs", format!("// {url}")),
        ("a.rs", format!("let a = \"{words}\";")),
        ("a.md", format!("- {url}")),
        ("a.md", format!("| {words} |")),
        ("a.md", format!("```\n{words}\n```")),
        ("a.svg", words.clone()),
        ("Makefile", format!("target: {} ## {}", "other ".repeat(9), &words[..75])),
    ];
    for (path, text) in fine {
        assert_eq!(seen(path, text.clone()), 0, "{path}: {text}");
    }
}
