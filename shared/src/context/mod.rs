//! What one invocation carries through every layer: its deadline, what its answer will say, its
//! wide event, the versions that the client has seen.
//!
//! There is no global: a function that counts, waits or compares time takes a `&Cx`.

mod answer;
mod single_reads;

pub use answer::{AnswerNotes, LimitTexts};
pub use single_reads::SingleReads;

use crate::{
    clock::Clock,
    stopwatch::Stopwatch,
    telemetry::{Event, fields},
    version::Seen,
};
use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};
use tokio::time;

/// The context of one request, or of one message.
#[derive(Debug)]
pub struct Cx {
    /// The wide event. Layers write to it, and no layer reads it: what decides something stands in
    /// the other fields.
    pub event: Event,
    /// What the layers say about the reply.
    pub answer: AnswerNotes,
    /// The versions that the client has seen.
    pub seen: Seen,
    /// The wall clock.
    pub clock: Clock,
    /// The id that the platform gave this invocation, shown to clients so that they can quote it.
    pub request_id: String,
    /// The name of the route that answers, once that is known.
    pub route: OnceLock<&'static str>,
    /// How long this invocation has waited for L2, which it can do without.
    pub l2_wait: Stopwatch,
    /// How many items this invocation has read one by one.
    pub single_reads: SingleReads,
    deadline: Instant,
}

impl Cx {
    /// A context that ends in `time_left`.
    pub fn new(clock: Clock, request_id: impl Into<String>, time_left: Duration) -> Self {
        Self {
            event: Event::default(),
            answer: AnswerNotes::default(),
            seen: Seen::default(),
            clock,
            request_id: request_id.into(),
            route: OnceLock::new(),
            l2_wait: Stopwatch::default(),
            single_reads: SingleReads::default(),
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

    /// The wide event with all that this context knows, as one line of JSON.
    pub fn to_line(&self) -> String {
        if let Some(route) = self.route.get() {
            self.event.set(fields::ROUTE, *route);
        }
        for (field, text) in self.answer.facts() {
            self.event.set(field, text);
        }
        let reads = self.single_reads.by_table();
        if !reads.is_empty() {
            self.event.set(fields::TABLE_GETS, reads);
        }
        self.event.to_line()
    }

    /// Writes the line to standard output, at the end of the invocation. It is out when this
    /// returns: the platform may freeze the environment the moment after.
    pub fn emit(&self) {
        println!("{}", self.to_line());
    }
}

/// The runtime's clock, which a test can stop.
fn now() -> Instant {
    time::Instant::now().into_std()
}
