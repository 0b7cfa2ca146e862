//! Comments and documents, as lines that a person reads: what stands in them is prose.

/// A language, as far as its comments go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// `//`, with code blocks and tables as in Markdown behind `///`: Rust, JavaScript, VCL.
    Slashes,
    /// `#`: YAML, TOML, shell, Makefiles.
    Hash,
    /// `#`, and strings in three quotes that document.
    Python,
    /// Everything is prose, except code blocks and tables.
    Markdown,
}

/// The language of a file, by its name; `None` for what holds no prose.
pub(crate) fn language(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit('.').next().unwrap_or_default() {
        "rs" | "js" => Some(Language::Slashes),
        // The program that CI runs is called `run`.
        "yaml" | "yml" | "toml" | "sh" | "vcl" | "Makefile" | "run" => Some(Language::Hash),
        "py" => Some(Language::Python),
        "md" => Some(Language::Markdown),
        _ => None,
    }
}

/// The lines that hold prose, by their number, from 1.
pub(crate) fn prose(language: Language, text: &str) -> Vec<(usize, &str)> {
    match language {
        Language::Markdown => markdown(numbered(text)),
        Language::Slashes => markdown(numbered(text).filter(|(_, line)| comment(line, &["//", "#"]).is_some())),
        Language::Hash => numbered(text).filter(|(_, line)| comment(line, &["#", "//"]).is_some()).collect(),
        Language::Python => python(text),
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line))
}

/// What a line says behind the first of these marks that begins a comment. A mark inside of quotes
/// begins none, and neither does one in the middle of a word (`https://`, `#[attribute]`).
pub(crate) fn comment<'a>(line: &'a str, marks: &[&str]) -> Option<&'a str> {
    let (mut quote, mut before) = (None, ' ');
    for (at, letter) in line.char_indices() {
        let begins = |mark: &&&str| line[at..].starts_with(**mark) && !line[at + mark.len()..].starts_with(['[', '!']);
        match quote {
            Some(open) if letter == open && before != '\\' => quote = None,
            None if letter == '"' => quote = Some(letter),
            None if before.is_whitespace() => {
                if let Some(mark) = marks.iter().find(begins) {
                    return Some(line[at + mark.len()..].trim_start_matches(['/', '!', '#']).trim());
                }
            }
            _ => {}
        }
        before = letter;
    }
    None
}

/// Lines that are neither of a code block nor of a table. In a comment, the text behind its mark
/// counts.
fn markdown<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Vec<(usize, &'a str)> {
    let (mut prose, mut fenced, mut indented, mut listed, mut blank) = (Vec::new(), false, false, false, true);
    for (number, line) in lines {
        let text = line.trim_start().trim_start_matches(['/', '!']).trim_start();
        let is_document = !line.trim_start().starts_with("//");
        let deep = is_document && line.starts_with("    ");
        indented = deep && (indented || (blank && !listed));
        if !line.starts_with(' ') && !text.is_empty() {
            listed = text.starts_with("- ") || text.starts_with("* ") || text.starts_with(|c: char| c.is_ascii_digit());
        }
        let fence = text.starts_with("```");
        if !(fence || fenced || indented || text.starts_with('|')) {
            prose.push((number, line));
        }
        fenced ^= fence;
        blank = text.is_empty();
    }
    prose
}

/// Comments, and strings in three quotes that begin a line.
fn python(text: &str) -> Vec<(usize, &str)> {
    let (mut prose, mut inside) = (Vec::new(), false);
    for (number, line) in numbered(text) {
        let trimmed = line.trim_start();
        let opens = !inside && trimmed.starts_with("\"\"\"");
        if inside || opens || comment(line, &["#"]).is_some() {
            prose.push((number, line));
        }
        let quotes = line.matches("\"\"\"").count();
        if (inside || opens) && quotes % 2 == 1 {
            inside = !inside;
        }
    }
    prose
}

#[test]
fn prose_is_found_in_each_language() {
    let lines = |language, text| prose(language, text).into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    let rust = "/// Why.\nlet a = \"// no\"; // yes\nlet b = 1; //\n#[test]\n/// ```\n/// code\n/// ```\n/// | a |\n";
    assert_eq!(lines(Language::Slashes, rust), [1, 2, 3]);
    let yaml = "# why\na: b # why\nc: \"d # e\"\nf: g#h\n";
    assert_eq!(lines(Language::Hash, yaml), [1, 2]);
    let python =
        "\"\"\"One.\"\"\"\nx = 1\n    \"\"\"More\n    of it.\n    \"\"\"\ny = \"\"\"no\nno\"\"\"\nz = 2  # why\n";
    assert_eq!(lines(Language::Python, python), [1, 3, 4, 5, 8]);
    let document = "One\n\n    code\n\n- item\n\n    more\n\n| cell |\n```\ncode\n```\nLast\n";
    assert_eq!(lines(Language::Markdown, document), [1, 2, 4, 5, 6, 7, 8, 13]);
}
