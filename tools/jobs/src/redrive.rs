//! Driving dead letters back to their queue, no faster than their worker can take.

use shared::{
    clock::Clock,
    context::Cx,
    queue::{DeadLetters, QueueError},
};
use std::time::{Duration, Instant};

/// The longest that ten letters may take.
const STEP: Duration = Duration::from_secs(30);
/// How often an answer may be empty before it is believed: SQS's servers do not all know all messages.
const EMPTY: usize = 2;

/// Drives all letters that are there now to the queue at `to`, at most `rate` a second; `progress` hears how many are
/// through. What comes back as a dead letter meanwhile is left.
pub async fn redrive(
    dead: &DeadLetters,
    clock: &Clock,
    to: &str,
    rate: u32,
    mut progress: impl FnMut(usize),
) -> Result<usize, QueueError> {
    let (until, start) = (clock.now(), Instant::now());
    let (mut moved, mut empty) = (0, 0);
    while empty < EMPTY {
        let step = dead.drive(&Cx::new(clock.clone(), "redrive", STEP), to, until).await?;
        moved += step.moved;
        empty = if step.done { empty + 1 } else { 0 };
        progress(moved);
        // As much time as that many may take, counted from the start.
        #[expect(clippy::cast_precision_loss, reason = "a queue holds fewer than 2^52")]
        let due = Duration::from_secs_f64(moved as f64 / f64::from(rate.max(1)));
        tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
    }
    Ok(moved)
}
