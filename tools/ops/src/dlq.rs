//! `ops dlq`.

use crate::{Failure, queues};
use shared::{
    app::App,
    queue::{DeadLetters, Letter},
};
use std::collections::BTreeMap;

/// Messages that are read from each queue. A reason that none of so many has can wait.
const LIMIT: usize = 500;
/// Characters that are shown of a message.
const BODY: usize = 160;

/// Show the messages in the dead-letter queues, grouped by the reason why they failed.
///
/// Shows the number of messages in each queue. Below it stand the reasons, the most frequent first,
/// each with the number of its messages, and the age and the beginning (160 characters) of one of
/// them. At most 500 messages of a queue are read. They stay in the queue; while they are read,
/// which takes a minute at most, other readers do not see them.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = "Examples:\n  ops dlq")]
pub struct DlqArgs {}

impl DlqArgs {
    pub(crate) async fn run(self, app: &App) -> Result<String, Failure> {
        let mut lines = Vec::new();
        for queue in queues::from_environment()? {
            let dead = DeadLetters::new(app.sdk(), queue.url);
            // SQS only estimates the count, so it may be below what was read.
            let (count, letters) = (dead.count().await?, dead.list(LIMIT).await?);
            let count = if letters.is_empty() { "none".to_owned() } else { count.max(letters.len()).to_string() };
            lines.push(format!("{}: {count}", queue.name));
            for (reason, count, letter) in by_reason(&letters) {
                let since = letter.sent_at.map(|at| format!(", one since {at:.0}")).unwrap_or_default();
                let body: String = letter.body.chars().take(BODY).collect();
                lines.push(format!("  {count:>5} x {reason}{since}\n          {body}"));
            }
        }
        Ok(lines.join("\n"))
    }
}

/// Messages by their reason, the most frequent first, each with one of its messages.
pub fn by_reason(letters: &[Letter]) -> Vec<(String, usize, &Letter)> {
    let mut groups = BTreeMap::<String, (usize, &Letter)>::new();
    for letter in letters {
        groups.entry(reason(letter)).and_modify(|(count, _)| *count += 1).or_insert((1, letter));
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(reason, (count, letter))| (reason, count, letter)).collect();
    groups.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    groups
}

/// Why a message failed. A worker writes the reason into an attribute, a relay into the body.
fn reason(letter: &Letter) -> String {
    let in_body = || {
        let body: serde_json::Value = serde_json::from_str(&letter.body).ok()?;
        body["reason"].as_str().map(ToOwned::to_owned)
    };
    let unknown = "no reason given: its worker died or was stopped each time, or Lambda gave up on the stream";
    letter.reason.clone().or_else(in_body).unwrap_or_else(|| unknown.to_owned())
}
