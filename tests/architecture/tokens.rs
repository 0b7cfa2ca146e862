//! A source as tokens. Comments, strings and characters are left out: they name nothing.

/// A token: a name, `::`, or one other character.
pub(crate) type Token = String;

/// Splits a source into tokens.
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

/// Whether a token is a name, and not a sign or a number.
pub(crate) fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
