//! Driving dead letters back to their queue, no faster than their worker can take.

use shared::{
    clock::Clock,
    context::Cx,
    idempotency::CONSUMERS,
    queue::{DeadLetters, QueueError},
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// The longest that ten letters may take.
const STEP: Duration = Duration::from_secs(30);
/// Of what consumers remember, the time in which a letter that was driven back is dealt with.
const MARGIN: Duration = Duration::from_hours(5 * 24);
/// How often an answer may be empty before it is believed: SQS's servers do not all know all messages.
const EMPTY: usize = 2;
/// Of letters that stay, how many may come in a row before it is believed that there are no others: more than those that were found so far
/// can make up three times, and of new ones so many.
const ROUNDS: usize = 3;
const NEW: usize = 30;

/// What was driven back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Letters that are on their queue again.
    pub moved: usize,
    /// Letters that stay: of their events consumers may have forgotten whether they were dealt with.
    pub forgotten: usize,
}

/// Drives all letters that are there now to the queue at `to`, at most `rate` a second; `progress` hears how many are
/// through. What comes back as a dead letter meanwhile is left.
pub async fn redrive(
    dead: &DeadLetters,
    clock: &Clock,
    to: &str,
    rate: u32,
    mut progress: impl FnMut(usize),
) -> Result<Redriven, QueueError> {
    let since = clock.now() - CONSUMERS.saturating_sub(MARGIN);
    let (until, start) = (clock.now(), Instant::now());
    let (mut moved, mut empty, mut staying, mut forgotten) = (0, 0, 0, HashSet::new());
    // What stays is hidden for a minute, so that others come; after that it comes again, while others may be there still.
    while empty < EMPTY && staying <= ROUNDS * forgotten.len() + NEW {
        let step = dead.drive(&Cx::new(clock.clone(), "redrive", STEP), to, since, until).await?;
        moved += step.moved;
        let stay = step.forgotten.len() + step.new;
        staying = if step.moved > 0 { 0 } else { staying + stay };
        empty = if step.moved == 0 && stay == 0 { empty + 1 } else { 0 };
        forgotten.extend(step.forgotten);
        progress(moved);
        // As much time as that many may take, counted from the start.
        #[expect(clippy::cast_precision_loss, reason = "a queue holds fewer than 2^52")]
        let due = Duration::from_secs_f64(moved as f64 / f64::from(rate.max(1)));
        tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
    }
    Ok(Redriven { moved, forgotten: forgotten.len() })
}
