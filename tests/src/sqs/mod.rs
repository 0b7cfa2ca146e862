//! SQS in this process: standard queues with all their bad habits.
//!
//! It delivers messages in any order, and once more when they are not deleted before their
//! visibility timeout, on a clock that a test moves. A message that was received too often goes to
//! the dead-letter queue. A rule may fail requests, before or after their effect.

mod message;
mod requests;

pub use message::Message;
pub use requests::Fault;

use crate::in_process::{self, Service};
use aws_config::SdkConfig;
use serde_json::{Value, json};
use shared::clock::Clock;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Messages are hidden for this long after they were received, unless somebody says otherwise.
pub const VISIBILITY_MS: i64 = 180_000;
/// How often a message is received before it goes to the dead-letter queue, as `infra/queues.yaml`
/// says.
pub const MAX_RECEIVES: u32 = 20;
/// The same where messages wait for another service to be back.
pub const MAX_WAITS: u32 = 1_000;
const WAITING: [&str; 2] = ["forget", "index"];

type Rule = Box<dyn FnMut(&str) -> Fault + Send>;

/// All queues, by name; a URL's last part is the name. A queue `x` has the dead-letter queue
/// `x-dlq`.
pub struct Queues {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    queues: BTreeMap<String, Vec<Message>>,
    next: u64,
    visibility_ms: i64,
    rule: Rule,
}

impl Queues {
    /// No messages yet. Every request is done.
    pub fn new(clock: &Clock) -> Arc<Self> {
        Self::with(clock, |_| Fault::None)
    }

    /// The same, with a rule that decides about each request by its operation.
    pub fn with(clock: &Clock, rule: impl FnMut(&str) -> Fault + Send + 'static) -> Arc<Self> {
        let state = State { queues: BTreeMap::new(), next: 0, visibility_ms: VISIBILITY_MS, rule: Box::new(rule) };
        Arc::new(Self { clock: clock.clone(), state: Mutex::new(state) })
    }

    /// Settings of the SDK that lead to these queues.
    pub fn sdk(self: &Arc<Self>) -> SdkConfig {
        in_process::sdk(self.service())
    }

    /// These queues, as a service.
    pub fn service(self: &Arc<Self>) -> Service {
        let queues = Arc::clone(self);
        Arc::new(move |operation, body| queues.request(operation, body))
    }

    /// Hides what is received for this long in place of [`VISIBILITY_MS`].
    pub fn hide_for(&self, ms: i64) {
        self.lock().visibility_ms = ms;
    }

    /// What is on a queue, hidden or not.
    pub fn messages(&self, queue: &str) -> Vec<Message> {
        self.lock().queues.get(queue).cloned().unwrap_or_default()
    }

    /// Takes everything off a queue.
    pub fn take(&self, queue: &str) -> Vec<Message> {
        self.lock().queues.remove(queue).unwrap_or_default()
    }

    /// Takes off a queue what `wanted` says.
    pub fn take_if(&self, queue: &str, wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
        let mut state = self.lock();
        let all = state.queues.entry(queue.to_owned()).or_default();
        let (taken, left) = std::mem::take(all).into_iter().partition(|m| wanted(m));
        *all = left;
        taken
    }

    /// Puts a message on a dead-letter queue, with this reason.
    pub fn bury(&self, queue: &str, body: impl Into<String>, reason: &str) {
        let now = self.clock.now_ms();
        self.lock().push(queue, body.into(), Some(reason.to_owned()), now);
    }

    /// Puts a message on a queue.
    pub fn push(&self, queue: &str, body: impl Into<String>) {
        let now = self.clock.now_ms();
        self.lock().push(queue, body.into(), None, now);
    }

    /// Takes up to ten visible messages as the event that Lambda would hand out. `shuffle` chooses
    /// the next one from their number. `None` when nothing is visible.
    pub fn receive(&self, queue: &str, shuffle: impl FnMut(usize) -> usize) -> Option<Value> {
        self.receive_up_to(10, queue, shuffle)
    }

    /// The same, of a mapping with another `BatchSize`.
    pub fn receive_up_to(&self, most: usize, queue: &str, mut shuffle: impl FnMut(usize) -> usize) -> Option<Value> {
        let max_receives = if WAITING.contains(&queue) { MAX_WAITS } else { MAX_RECEIVES };
        let now = self.clock.now_ms();
        let mut state = self.lock();
        let visibility_ms = state.visibility_ms;
        let all = state.queues.entry(queue.to_owned()).or_default();
        let (dead, alive): (Vec<_>, Vec<_>) =
            std::mem::take(all).into_iter().partition(|m| m.visible_at <= now && m.received >= max_receives);
        *all = alive;
        let mut visible: Vec<usize> = (0..all.len()).filter(|&i| all[i].visible_at <= now).collect();
        let mut records = Vec::new();
        while !visible.is_empty() && records.len() < most {
            let message = &mut all[visible.swap_remove(shuffle(visible.len()) % visible.len())];
            message.received += 1;
            message.first_received_at.get_or_insert(now);
            message.visible_at = now + visibility_ms;
            records.push(message.record());
        }
        for message in dead {
            state.push(&format!("{queue}-dlq"), message.body, message.reason, now);
        }
        (!records.is_empty()).then(|| json!({"Records": records}))
    }

    /// Deletes of an event's messages those that the answer does not name.
    pub fn settle(&self, queue: &str, event: &Value, answer: &Value) {
        let failures = answer["batchItemFailures"].as_array().cloned().unwrap_or_default();
        let records = event["Records"].as_array().cloned().unwrap_or_default();
        let mut state = self.lock();
        let all = state.queues.entry(queue.to_owned()).or_default();
        for id in records.iter().map(|r| &r["messageId"]) {
            if !failures.iter().any(|f| &f["itemIdentifier"] == id) {
                all.retain(|m| *id != m.id.to_string().as_str());
            }
        }
    }

    /// Drives a dead-letter queue back.
    pub fn redrive(&self, queue: &str) {
        let now = self.clock.now_ms();
        let mut state = self.lock();
        for message in state.queues.remove(&format!("{queue}-dlq")).unwrap_or_default() {
            state.push(queue, message.body, None, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, queue: &str, body: String, reason: Option<String>, now: i64) {
        self.next += 1;
        let (received, first_received_at) = (0, None);
        let message =
            Message { id: self.next, body, reason, received, first_received_at, visible_at: now, sent_at: now };
        self.queues.entry(queue.to_owned()).or_default().push(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_received_as_often_as_the_template_says() {
        let counts = include_str!("../../../infra/queues.yaml").lines();
        let counts = counts.filter_map(|line| line.trim().strip_prefix("maxReceiveCount: "));
        let (waiting, others): (Vec<_>, Vec<_>) = counts.partition(|count| *count == MAX_WAITS.to_string());
        assert_eq!(waiting.len(), WAITING.len());
        assert!(!others.is_empty() && others.iter().all(|count| *count == MAX_RECEIVES.to_string()), "{others:?}");
    }
}
