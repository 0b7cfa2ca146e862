//! The paths that a source names: what it imports, and what it calls by a longer name (`crate::table::Key`).

/// A token: a name, `::`, or one other character.
type Token = String;

/// Splits a source into tokens. Comments, strings and characters are left out: they name nothing.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&letter) = text.get(at) {
        let next = text.get(at + 1).copied();
        match (letter, next) {
            ('/', Some('/')) => at = find(&text, at, "\n"),
            ('/', Some('*')) => at = find(&text, at + 2, "*/"),
            ('"', _) => at = end_of_string(&text, at + 1),
            ('r', Some('"' | '#')) if raw(&text, at + 1).is_some() => at = raw(&text, at + 1).unwrap_or(at + 1),
            // A lifetime has no second quote.
            ('\'', Some('\\')) => at = find(&text, at + 3, "'"),
            ('\'', Some(_)) if text.get(at + 2) == Some(&'\'') => at += 3,
            (':', Some(':')) => {
                tokens.push("::".to_owned());
                at += 2;
            }
            _ if letter.is_alphanumeric() || letter == '_' => {
                let name: String = text[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                at += name.chars().count();
                tokens.push(name);
            }
            _ => {
                if !letter.is_whitespace() {
                    tokens.push(letter.to_string());
                }
                at += 1;
            }
        }
    }
    tokens
}

/// Behind the next occurrence of `end`.
fn find(text: &[char], from: usize, end: &str) -> usize {
    let end: Vec<char> = end.chars().collect();
    (from..text.len()).find(|at| text[*at..].starts_with(&end)).map_or(text.len(), |at| at + end.len())
}

fn end_of_string(text: &[char], mut at: usize) -> usize {
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Behind a raw string whose `r` stands before `at`; `None` when there is none (`r#type`).
fn raw(text: &[char], at: usize) -> Option<usize> {
    let hashes = text[at..].iter().take_while(|c| **c == '#').count();
    (text.get(at + hashes) == Some(&'"')).then(|| find(text, at + hashes + 1, &format!("\"{}", "#".repeat(hashes))))
}

/// Every path that the source names, from the root of its crate (`crate`) or from another crate: `use` trees are spread out,
/// `self` and `super` are resolved. `module` is where the source stands.
pub(crate) fn named(source: &str, module: &[String]) -> Vec<Vec<String>> {
    let tokens = tokens(source);
    let mut reader =
        Reader { tokens: &tokens, at: 0, module: module.to_vec(), inline: Vec::new(), depth: 0, found: Vec::new() };
    reader.read();
    reader.found
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    module: Vec<String>,
    /// At which depth each inline module that we are in began.
    inline: Vec<usize>,
    depth: usize,
    found: Vec<Vec<String>>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(token) = self.peek(0) {
            match token {
                "use" => {
                    self.at += 1;
                    self.tree(&[]);
                }
                "mod" if self.peek(2) == Some("{") => {
                    self.module.push(self.tokens[self.at + 1].clone());
                    self.inline.push(self.depth);
                    self.at += 2;
                }
                "{" => self.step(1, |depth| depth + 1),
                "}" => {
                    self.step(1, |depth| depth.saturating_sub(1));
                    if self.inline.last() == Some(&self.depth) {
                        self.inline.pop();
                        self.module.pop();
                    }
                }
                _ if is_name(token) && self.peek(1) == Some("::") => self.path(),
                _ => self.at += 1,
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<&str> {
        self.tokens.get(self.at + ahead).map(String::as_str)
    }

    fn step(&mut self, by: usize, depth: impl FnOnce(usize) -> usize) {
        self.at += by;
        self.depth = depth(self.depth);
    }

    /// `a::b::c` in the middle of code. What follows the path (`<`, `(`) is read on its own.
    fn path(&mut self) {
        let mut path = vec![self.tokens[self.at].clone()];
        self.at += 1;
        while self.peek(0) == Some("::") && self.peek(1).is_some_and(is_name) {
            path.push(self.tokens[self.at + 1].clone());
            self.at += 2;
        }
        self.add(path);
    }

    /// A `use` tree below `prefix`, up to the `,`, `}` or `;` behind it.
    fn tree(&mut self, prefix: &[Token]) {
        let mut path = prefix.to_vec();
        loop {
            match self.peek(0) {
                Some("::") => self.at += 1,
                Some("{") => {
                    self.at += 1;
                    while self.peek(0).is_some_and(|token| token != "}") {
                        self.tree(&path);
                        self.at += usize::from(self.peek(0) == Some(","));
                    }
                    self.at += 1;
                    return;
                }
                Some("as") => self.at += 2,
                Some("," | "}" | ";") | None => return self.add(path),
                Some(name) => {
                    path.push(name.to_owned());
                    self.at += 1;
                }
            }
        }
    }

    fn add(&mut self, path: Vec<Token>) {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let rest = match path[0].as_str() {
            "super" => &path[supers..],
            "self" => &path[1..],
            _ => return self.found.push(path),
        };
        let above = &self.module[..self.module.len().saturating_sub(supers)];
        let absolute =
            std::iter::once("crate").chain(above.iter().map(String::as_str)).chain(rest.iter().map(String::as_str));
        self.found.push(absolute.map(str::to_owned).collect());
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[test]
fn paths_are_found_however_they_are_written() {
    let source = r#"
        //! use crate::comment;
        use crate::{a::b, c, d::{self, e as f}};
        pub(crate) use super::sibling;
        /* use crate::comment; /* */
        const TEXT: &str = "use crate::text; \" crate::text";
        fn f<'a>(x: &'a crate::g::X) -> char { let y = super::super::top::y(); '{' }
        mod inner { use super::own; mod deeper { use super::super::super::sister; } }
        use other::thing;
    "#;
    let found: Vec<_> = named(source, &["home".into(), "file".into()]).iter().map(|path| path.join("::")).collect();
    let wanted = [
        "crate::a::b",
        "crate::c",
        "crate::d::self",
        "crate::d::e",
        "crate::home::sibling",
        "crate::g::X",
        "crate::top::y",
        "crate::home::file::own",
        "crate::home::sister",
        "other::thing",
    ];
    assert_eq!(found, wanted);
}
