//! `ops redrive`.

use crate::{
    Failure, arguments,
    queues::{self, DeadLetterQueue},
    status_line::StatusLine,
};
use shared::{
    app::App,
    clock::Clock,
    context::Cx,
    idempotency::CONSUMERS,
    queue::{DeadLetters, QueueError},
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// The longest that a step of ten messages may take.
const STEP: Duration = Duration::from_secs(30);
/// Consumers must still remember an event for this long after its message was moved: in this time
/// they handle it.
const MARGIN: Duration = Duration::from_hours(5 * 24);
/// Stop after this many empty answers in a row. One proves nothing, because each of SQS's servers
/// knows only some of the messages.
const EMPTY_ANSWERS: usize = 2;
/// Stop after a row of messages that stay: three times as many as are known to stay, and 30 for
/// messages that have become dead letters since the start.
const ROUNDS: usize = 3;
const NEW_ARRIVALS: usize = 30;

/// Move dead letters back to their queue, so that its worker handles them once more.
///
/// Moves the messages that are in the dead-letter queue when the command starts. Those whose worker
/// fails again meanwhile stay. Messages about events that are more than 35 days old stay, too:
/// after 40 days consumers no longer know what they have done, and might do it twice. A command
/// that was stopped can be started again.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = "Examples:\n  ops redrive email\n  ops redrive analytics --rate 100")]
pub struct RedriveArgs {
    /// The queue that gets the messages, as `ops dlq` shows it.
    queue: String,
    /// Messages a second, at most. Two environments of the e-mail worker keep up with 10.
    #[arg(long, default_value_t = 10, value_parser = arguments::rate)]
    rate: u32,
}

impl RedriveArgs {
    pub(crate) async fn run(self, app: &App) -> Result<String, Failure> {
        let (name, queues) = (self.queue, queues::from_environment()?);
        let (dead, to) = find(&queues, &name)?;
        let dead = DeadLetters::new(app.sdk(), dead);
        let total = dead.count().await?;
        let mut status = StatusLine::default();
        let progress = |moved| status.show(format_args!("{moved} of {total}"));
        let Redriven { moved, too_old } = redrive(&dead, app.clock(), to, self.rate, progress).await?;
        drop(status);
        let stay = match too_old {
            0 => String::new(),
            _ => format!("; {too_old} stay, because {name} may have forgotten whether it has handled them"),
        };
        Ok(format!("{moved} of {total} messages are on {name} again{stay}"))
    }
}

/// The addresses of the dead-letter queue and of the source queue of this name.
fn find<'a>(queues: &'a [DeadLetterQueue], name: &str) -> Result<(&'a str, &'a str), String> {
    let Some(queue) = queues.iter().find(|queue| queue.name == name) else {
        let with_source = queues.iter().filter(|queue| queue.source.is_some());
        let names: Vec<_> = with_source.map(|queue| queue.name.as_str()).collect();
        return Err(format!("there is no queue {name}; there are {}", names.join(", ")));
    };
    let source = queue.source.as_ref().ok_or_else(|| {
        format!("the messages of {name} come from a table's stream, to which nothing can go back; use `ops replay`")
    })?;
    Ok((&queue.url, source))
}

/// What a redrive did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Messages that are on the source queue again.
    pub moved: usize,
    /// Messages that stay, because consumers may have forgotten whether they handled their events.
    pub too_old: usize,
}

/// Moves all messages that are there now to the queue at `to`, at most `rate` a second. `progress`
/// gets the number of messages that were moved so far. What becomes a dead letter meanwhile stays.
pub async fn redrive(
    dead: &DeadLetters,
    clock: &Clock,
    to: &str,
    rate: u32,
    mut progress: impl FnMut(usize),
) -> Result<Redriven, QueueError> {
    let since = clock.now() - CONSUMERS.saturating_sub(MARGIN);
    let (until, start) = (clock.now(), Instant::now());
    let (mut moved, mut empty, mut staying, mut too_old) = (0, 0, 0, HashSet::new());
    // A message that stays is hidden for a minute, so that others are received. After that it is
    // received again, although there may be others still.
    while empty < EMPTY_ANSWERS && staying <= ROUNDS * too_old.len() + NEW_ARRIVALS {
        let step = dead.drive(&Cx::new(clock.clone(), "redrive", STEP), to, since, until).await?;
        moved += step.moved;
        let stay = step.forgotten.len() + step.new;
        staying = if step.moved > 0 { 0 } else { staying + stay };
        empty = if step.moved == 0 && stay == 0 { empty + 1 } else { 0 };
        too_old.extend(step.forgotten);
        progress(moved);
        // The time that so many messages may take at this rate, counted from the start.
        #[expect(clippy::cast_precision_loss, reason = "a queue holds fewer than 2^52")]
        let due = Duration::from_secs_f64(moved as f64 / f64::from(rate.max(1)));
        tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
    }
    Ok(Redriven { moved, too_old: too_old.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_found_by_its_name_and_an_error_says_which_there_are() {
        let queue = |name: &str, source: Option<&str>| DeadLetterQueue {
            name: name.to_owned(),
            url: format!("{name}-dlq"),
            source: source.map(ToOwned::to_owned),
        };
        let queues = [queue("analytics", Some("a")), queue("email", Some("e")), queue("relay", None)];
        assert_eq!(find(&queues, "email"), Ok(("email-dlq", "e")));
        assert_eq!(find(&queues, "mail").unwrap_err(), "there is no queue mail; there are analytics, email");
        assert!(find(&queues, "relay").unwrap_err().contains("ops replay"));
    }
}
