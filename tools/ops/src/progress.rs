//! A line that says how far it is, how fast, and how long it will take.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The rate is that of the last seconds: what was there before goes by much faster than what is written.
const WINDOW: Duration = Duration::from_secs(10);
/// No line sooner than this after the last.
const EVERY: Duration = Duration::from_millis(200);
const WIDTH: usize = 20;

/// The bar of one kind.
#[derive(Debug)]
pub struct Bar {
    what: &'static str,
    of: usize,
    seen: VecDeque<(Instant, usize)>,
    said: Option<Instant>,
}

impl Bar {
    /// A bar for so many.
    pub fn new(what: &'static str, of: usize) -> Self {
        Self { what, of, seen: VecDeque::new(), said: None }
    }

    /// The bar of this kind and number from now on; of the same kind, it remembers how fast it was.
    pub fn becomes(&mut self, what: &'static str, of: usize) {
        if self.what == what {
            self.of = of;
        } else {
            *self = Self::new(what, of);
        }
    }

    /// How many there shall be.
    pub fn of(&self) -> usize {
        self.of
    }

    /// What it counts.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The line at this moment, when it is time for one.
    pub fn line(&mut self, now: Instant, done: usize) -> Option<String> {
        self.seen.push_back((now, done));
        while self.seen.len() > 2 && self.seen.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
            self.seen.pop_front();
        }
        if done < self.of && self.said.is_some_and(|said| now.duration_since(said) < EVERY) {
            return None;
        }
        self.said = Some(now);
        let filled = WIDTH * done / self.of.max(1);
        let bar = "#".repeat(filled) + &".".repeat(WIDTH - filled);
        let (done_text, of) = (grouped(done), grouped(self.of));
        let speed = self.rate(now, done).map_or(String::new(), |rate| {
            let left = Duration::from_secs((self.of - done) as u64 / rate.max(1));
            format!(
                "  {}/s  {}:{:02} left",
                grouped(usize::try_from(rate).unwrap_or(usize::MAX)),
                left.as_secs() / 60,
                left.as_secs() % 60
            )
        });
        Some(format!("{} {done_text} of {of}{speed}  [{bar}]", self.what))
    }

    fn rate(&self, now: Instant, done: usize) -> Option<u64> {
        let (then, before) = self.seen.front()?;
        let millis = u64::try_from(now.duration_since(*then).as_millis()).ok()?;
        ((done - before) as u64 * 1_000).checked_div(millis)
    }
}

/// 1234567 as `1,234,567`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_far_how_fast_and_how_long() {
        let (mut bar, start) = (Bar::new("users", 200_000), Instant::now());
        assert_eq!(bar.line(start, 0).unwrap(), "users 0 of 200,000  [....................]");
        assert_eq!(bar.line(start + Duration::from_millis(100), 100), None, "too soon");
        let line = bar.line(start + Duration::from_secs(5), 100_000).unwrap();
        assert_eq!(line, "users 100,000 of 200,000  20,000/s  0:05 left  [##########..........]");
        // The first half was there: now it goes slower.
        let line = bar.line(start + Duration::from_secs(25), 102_000).unwrap();
        assert_eq!(line, "users 102,000 of 200,000  100/s  16:20 left  [##########..........]");
        assert!(bar.line(start + Duration::from_secs(25), 200_000).unwrap().ends_with("[####################]"));
        assert!(Bar::new("orders", 0).line(start, 0).is_some());
    }
}
