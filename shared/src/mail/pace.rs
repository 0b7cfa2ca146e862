//! Spaces out e-mails: each gets a moment of its own, with a gap to the next.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Pace {
    gap: Duration,
    /// The first moment that is free.
    free: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(gap: Duration) -> Self {
        Self { gap, free: Mutex::default() }
    }

    /// Reserves the next moment for the caller. If it is later than `patience` from now, nothing is
    /// reserved, and the error is that moment.
    pub(super) fn turn(&self, now: Instant, patience: Duration) -> Result<Instant, Instant> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = free.map_or(now, |free| free.max(now));
        if turn > now + patience {
            return Err(turn);
        }
        *free = Some(turn + self.gap);
        Ok(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_have_a_gap_and_none_is_saved_up() {
        let gap = Duration::from_millis(100);
        let (pace, start) = (Pace::new(gap), Instant::now());
        let turn = |now, patience| {
            let turn = pace.turn(start + now, Duration::from_millis(patience));
            turn.map(|turn| turn - start).map_err(|turn| turn - start)
        };
        for n in 0..4 {
            assert_eq!(turn(Duration::ZERO, 300), Ok(gap * n));
        }
        let late = (turn(Duration::ZERO, 399), turn(Duration::ZERO, 400));
        assert_eq!(late, (Err(gap * 4), Ok(gap * 4)), "who does not wait takes nobody's turn");
        let now = Duration::from_secs(9);
        assert_eq!((turn(now, 100), turn(now, 100), turn(now, 100)), (Ok(now), Ok(now + gap), Err(now + gap * 2)));
    }

    #[test]
    fn without_a_gap_nobody_waits() {
        let pace = Pace::new(Duration::ZERO);
        assert!((0..1_000).all(|_| pace.turn(Instant::now(), Duration::ZERO).is_ok()));
    }
}
