//! The dead-letter queues of a stack, found by the names of its outputs.

use crate::Failure;
use std::{collections::BTreeMap, env};

/// A dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeadLetterQueue {
    /// The name of its source queue, such as `email`.
    pub(crate) name: String,
    /// The address of the dead-letter queue.
    pub(crate) url: String,
    /// The address of the source queue, to which messages go back. `None` for the relays: their
    /// messages are records of a table's stream, which never were on a queue.
    pub(crate) source: Option<String>,
}

/// The dead-letter queues that the environment names. It is an error when there are none.
pub(crate) fn from_environment() -> Result<Vec<DeadLetterQueue>, Failure> {
    let queues =
        among(env::vars_os().filter_map(|(name, url)| Some((name.into_string().ok()?, url.into_string().ok()?))));
    if queues.is_empty() {
        return Err("no environment variable names a dead-letter queue, such as EMAIL_DEAD_LETTERS_URL".into());
    }
    Ok(queues)
}

/// Each `EMAIL_DEAD_LETTERS_URL` among the variables, with `EMAIL_QUEUE_URL` if there is one.
fn among(variables: impl IntoIterator<Item = (String, String)>) -> Vec<DeadLetterQueue> {
    let variables: BTreeMap<_, _> = variables.into_iter().collect();
    let queue = |(variable, url): (&String, &String)| {
        let name = variable.strip_suffix("_DEAD_LETTERS_URL")?;
        let source = variables.get(&format!("{name}_QUEUE_URL")).cloned();
        Some(DeadLetterQueue { name: name.to_lowercase().replace('_', "-"), url: url.clone(), source })
    };
    variables.iter().filter_map(queue).collect()
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
        let found = among(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let queue = |name: &str, source: Option<&str>, url: &str| DeadLetterQueue {
            name: name.to_owned(),
            url: url.to_owned(),
            source: source.map(ToOwned::to_owned),
        };
        assert_eq!(found, [queue("email", Some("e"), "ed"), queue("relay", None, "rd")]);
    }
}
