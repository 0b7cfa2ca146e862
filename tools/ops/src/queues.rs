//! The queues of a stack, as its outputs name them.

use shared::queue::Letter;
use std::collections::BTreeMap;

/// A dead-letter queue, and the queue that its letters are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// `email`.
    pub name: String,
    /// Where letters go back to. `None` for what no queue carried: a relay's letters are records of a table's stream.
    pub url: Option<String>,
    /// Where the letters are.
    pub dead: String,
}

/// The queues among these variables: each `EMAIL_DEAD_LETTERS_URL`, with its `EMAIL_QUEUE_URL` if there is one.
pub fn all(variables: impl IntoIterator<Item = (String, String)>) -> Vec<Named> {
    let variables: BTreeMap<_, _> = variables.into_iter().collect();
    let named = |(variable, dead): (&String, &String)| {
        let name = variable.strip_suffix("_DEAD_LETTERS_URL")?;
        let url = variables.get(&format!("{name}_QUEUE_URL")).cloned();
        Some(Named { name: name.to_lowercase().replace('_', "-"), url, dead: dead.clone() })
    };
    variables.iter().filter_map(named).collect()
}

/// Why a letter is where it is. A relay says so in the body, a worker beside it.
pub fn reason(letter: &Letter) -> String {
    let in_body = || {
        let body: serde_json::Value = serde_json::from_str(&letter.body).ok()?;
        body["reason"].as_str().map(ToOwned::to_owned)
    };
    let silent = "no reason given: its worker died or was stopped each time, or Lambda gave up on the stream";
    letter.reason.clone().or_else(in_body).unwrap_or_else(|| silent.to_owned())
}

/// Letters by their reason, the most frequent first, each with one of its letters.
pub fn by_reason(letters: &[Letter]) -> Vec<(String, usize, &Letter)> {
    let mut groups = BTreeMap::<String, (usize, &Letter)>::new();
    for letter in letters {
        groups.entry(reason(letter)).and_modify(|(count, _)| *count += 1).or_insert((1, letter));
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(reason, (count, letter))| (reason, count, letter)).collect();
    groups.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_and_its_dead_letters_are_found_by_their_names() {
        let variables = [
            ("EMAIL_QUEUE_URL", "e"),
            ("EMAIL_DEAD_LETTERS_URL", "ed"),
            ("RELAY_DEAD_LETTERS_URL", "rd"),
            ("USERS_TABLE", "u"),
        ];
        let found = all(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let named = |name: &str, url: Option<&str>, dead: &str| Named {
            name: name.to_owned(),
            url: url.map(ToOwned::to_owned),
            dead: dead.to_owned(),
        };
        assert_eq!(found, [named("email", Some("e"), "ed"), named("relay", None, "rd")]);
    }
}
