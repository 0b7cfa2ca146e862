//! What a source says of names: what it imports, which paths it calls by (`crate::table::Key`),
//! what it defines, and which words it uses.

use crate::tokens::{Token, is_name, tokens};
use std::collections::BTreeSet;

/// A path that a source names.
pub(crate) struct Named {
    /// The module in which it is named.
    pub(crate) module: Vec<String>,
    /// From the root of its crate (`crate`), or as it is written; `self` and `super` are resolved.
    pub(crate) path: Vec<String>,
    /// Of an import: what the module calls it (`*` for all that the path holds).
    pub(crate) import: Option<String>,
    /// Whether the import hands the name on (`pub use`).
    pub(crate) public: bool,
}

/// A thing that a source defines.
pub(crate) struct Definition {
    /// The module that holds it.
    pub(crate) module: Vec<String>,
    /// Whether it stands in the module itself, and not in a function or an `impl`.
    pub(crate) outside: bool,
    /// `struct`, `fn`, ...
    pub(crate) kind: String,
    /// Its name.
    pub(crate) name: String,
}

/// What a source says of names.
#[derive(Default)]
pub(crate) struct Names {
    /// Imports (`use` trees are spread out) and longer paths in code, in their order.
    pub(crate) paths: Vec<Named>,
    /// What it defines.
    pub(crate) definitions: Vec<Definition>,
    /// Every word outside of imports.
    pub(crate) words: BTreeSet<String>,
}

/// What starts a definition.
const KINDS: &[&str] = &["struct", "enum", "trait", "type", "union", "fn", "const", "static"];

/// Reads a source that stands in `module`.
pub(crate) fn names(source: &str, module: &[String]) -> Names {
    let tokens = tokens(source);
    let (module, names) = (module.to_vec(), Names::default());
    let mut reader = Reader { tokens: &tokens, at: 0, module, inline: Vec::new(), depth: 0, public: false, names };
    reader.read();
    reader.names
}

/// Every path that a source names.
pub(crate) fn named(source: &str, module: &[String]) -> Vec<Vec<String>> {
    names(source, module).paths.into_iter().map(|named| named.path).collect()
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    module: Vec<String>,
    /// At which depth each inline module that we are in began.
    inline: Vec<usize>,
    depth: usize,
    /// Whether the import that is read hands its names on.
    public: bool,
    names: Names,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(token) = self.peek(0) {
            match token {
                "use" => {
                    let before = self.at.checked_sub(1).map(|before| self.tokens[before].as_str());
                    self.public = matches!(before, Some("pub" | ")"));
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
                _ => self.word(),
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

    /// A word by itself, which may begin a definition.
    fn word(&mut self) {
        let (word, next) = (&self.tokens[self.at], self.peek(1).unwrap_or_default());
        if KINDS.contains(&word.as_str()) && is_name(next) && next != "fn" {
            let outside = self.depth == self.inline.last().map_or(0, |depth| depth + 1);
            let (kind, name) = (word.clone(), next.to_owned());
            self.names.definitions.push(Definition { module: self.module.clone(), outside, kind, name });
            // The name itself is no use of it.
            self.at += 2;
            return;
        }
        if is_name(word) {
            self.names.words.insert(word.clone());
        }
        self.at += 1;
    }

    /// `a::b::c` in the middle of code. What follows the path (`<`, `(`) is read on its own.
    fn path(&mut self) {
        let mut path = vec![self.tokens[self.at].clone()];
        self.names.words.insert(path[0].clone());
        self.at += 1;
        while self.peek(0) == Some("::") && self.peek(1).is_some_and(is_name) {
            path.push(self.tokens[self.at + 1].clone());
            self.at += 2;
        }
        // A path that goes on with `<` (`Vec::<u8>`) stops there.
        self.at += usize::from(self.peek(0) == Some("::"));
        self.add(&path, None);
    }

    /// A `use` tree below `prefix`, up to the `,`, `}` or `;` behind it.
    fn tree(&mut self, prefix: &[Token]) {
        let (mut path, mut alias) = (prefix.to_vec(), None);
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
                Some("as") => {
                    alias = self.peek(1).map(str::to_owned);
                    self.at += 2;
                }
                Some("," | "}" | ";") | None => {
                    let name = path.iter().rfind(|name| *name != "self").cloned();
                    return self.add(&path, alias.or(name));
                }
                Some(name) => {
                    path.push(name.to_owned());
                    self.at += 1;
                }
            }
        }
    }

    fn add(&mut self, path: &[Token], import: Option<String>) {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let rest = match path[0].as_str() {
            "super" => &path[supers..],
            "self" => &path[1..],
            _ => path,
        };
        let mut absolute = Vec::new();
        if matches!(path[0].as_str(), "super" | "self") {
            absolute.push("crate".to_owned());
            absolute.extend_from_slice(&self.module[..self.module.len().saturating_sub(supers)]);
        }
        absolute.extend_from_slice(rest);
        let (module, public) = (self.module.clone(), self.public && import.is_some());
        self.names.paths.push(Named { module, path: absolute, import, public });
    }
}
