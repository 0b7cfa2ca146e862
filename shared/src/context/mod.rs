//! What one invocation carries through every layer: its deadline, its wide event, the versions that the client has seen.
//!
//! There is no global: a function that counts, waits or compares time takes a `&Cx`.

use crate::{clock::Clock, stopwatch::Stopwatch, telemetry::Event, version::Seen};
use std::time::{Duration, Instant};
use tokio::time;

/// The context of one request, or of one message.
#[derive(Debug)]
pub struct Cx {
    /// The wide event: one line a request, with all that was counted on the way.
    pub event: Event,
    /// The versions that the client has seen.
    pub seen: Seen,
    /// The wall clock.
    pub clock: Clock,
    /// The id that the platform gave this invocation, shown to clients so that they can quote it.
    pub request_id: String,
    /// How long this invocation has waited for L2, which it can do without.
    pub l2_wait: Stopwatch,
    deadline: Instant,
}

impl Cx {
    /// A context that ends in `time_left`.
    pub fn new(clock: Clock, request_id: impl Into<String>, time_left: Duration) -> Self {
        Self {
            event: Event::default(),
            seen: Seen::default(),
            clock,
            request_id: request_id.into(),
            l2_wait: Stopwatch::default(),
            deadline: now() + time_left,
        }
    }

    /// A context for tests and tools: the system's clock and ten seconds.
    pub fn detached() -> Self {
        Self::new(Clock::system(), "detached", Duration::from_secs(10))
    }

    /// The moment by which an answer must be out.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long there is left; zero when it is over.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(now())
    }
}

/// The runtime's clock, which a test can stop.
fn now() -> Instant {
    time::Instant::now().into_std()
}
