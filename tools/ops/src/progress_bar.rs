//! A progress bar: how many are done, how fast, and how long the rest will take.

use crate::status_line::StatusLine;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The rate is that of the last seconds, because items that are there already are passed much
/// faster than others are written.
const WINDOW: Duration = Duration::from_secs(10);
/// The shortest time between two lines.
const INTERVAL: Duration = Duration::from_millis(200);
/// Characters between the brackets.
const WIDTH: usize = 20;

/// A function that shows a bar for each label on stderr. It takes the label, how many are done,
/// and how many there are.
pub(crate) fn progress_bars() -> impl FnMut(&'static str, usize, usize) {
    let (mut status, mut bar) = (StatusLine::default(), ProgressBar::new("", 0));
    move |label, done, total| {
        if bar.label == label {
            bar.total = total;
        } else {
            status.end();
            bar = ProgressBar::new(label, total);
        }
        if let Some(line) = bar.line(Instant::now(), done) {
            status.show(line);
        }
    }
}

#[derive(Debug)]
struct ProgressBar {
    label: &'static str,
    total: usize,
    /// When how many were done, in the last seconds.
    samples: VecDeque<(Instant, usize)>,
    last_line: Option<Instant>,
}

impl ProgressBar {
    fn new(label: &'static str, total: usize) -> Self {
        Self { label, total, samples: VecDeque::new(), last_line: None }
    }

    /// The line for this moment; `None` when the last one is too recent.
    fn line(&mut self, now: Instant, done: usize) -> Option<String> {
        self.samples.push_back((now, done));
        while self.samples.len() > 2 && self.samples.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
            self.samples.pop_front();
        }
        if done < self.total && self.last_line.is_some_and(|last| now.duration_since(last) < INTERVAL) {
            return None;
        }
        self.last_line = Some(now);
        let filled = WIDTH * done / self.total.max(1);
        let bar = "#".repeat(filled) + &".".repeat(WIDTH - filled);
        let (done_text, total) = (grouped(done), grouped(self.total));
        let speed = self.rate(now, done).map_or(String::new(), |rate| {
            let left = Duration::from_secs((self.total - done) as u64 / rate.max(1));
            format!(
                "  {}/s  {}:{:02} left",
                grouped(usize::try_from(rate).unwrap_or(usize::MAX)),
                left.as_secs() / 60,
                left.as_secs() % 60
            )
        });
        Some(format!("{} {done_text} of {total}{speed}  [{bar}]", self.label))
    }

    /// How many were done a second; `None` before the second sample.
    fn rate(&self, now: Instant, done: usize) -> Option<u64> {
        let (then, before) = self.samples.front()?;
        let millis = u64::try_from(now.duration_since(*then).as_millis()).ok()?;
        ((done - before) as u64 * 1_000).checked_div(millis)
    }
}

/// 1234567 as `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_far_how_fast_and_how_long() {
        let (mut bar, start) = (ProgressBar::new("users", 200_000), Instant::now());
        assert_eq!(bar.line(start, 0).unwrap(), "users 0 of 200,000  [....................]");
        assert_eq!(bar.line(start + Duration::from_millis(100), 100), None, "too soon");
        let line = bar.line(start + Duration::from_secs(5), 100_000).unwrap();
        assert_eq!(line, "users 100,000 of 200,000  20,000/s  0:05 left  [##########..........]");
        // The first half was there already: now it goes slower.
        let line = bar.line(start + Duration::from_secs(25), 102_000).unwrap();
        assert_eq!(line, "users 102,000 of 200,000  100/s  16:20 left  [##########..........]");
        assert!(bar.line(start + Duration::from_secs(25), 200_000).unwrap().ends_with("[####################]"));
        assert!(ProgressBar::new("orders", 0).line(start, 0).is_some());
    }
}
