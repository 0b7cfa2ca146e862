//! The second half of a read: stores what the table answered in L2 and in memory.

use super::{
    Cached, Source,
    cached::Outcome,
    entry::Entry,
    read::{Read, Value},
    step::{Action, Served, StepEvent},
};
use crate::{resilience::random_fraction, telemetry::fields, version::Versioned};
use std::sync::Arc;

impl<V: Value> Read<'_, V> {
    /// Continues with the table's answer.
    pub(super) async fn after<E>(mut self, loaded: Result<Option<V>, E>) -> Result<Option<Cached<V>>, E> {
        let value = match loaded {
            Ok(value) => value,
            Err(error) => return self.failed().await.map_err(|()| error),
        };
        let version = value.as_ref().map(Versioned::version).unwrap_or_default();
        let entry = Arc::new(Entry::new(&self.policy, version, value, self.asked, random_fraction()));
        let held = self.worth();
        self.next(StepEvent::Loaded);
        let payload = Entry::payload(entry.value.as_ref());
        let mut stored = false;
        if self.action == Action::Fill {
            let event = self.fill(&entry, payload.as_deref()).await;
            stored = event == StepEvent::Admitted;
            self.next(event);
        }
        if self.action == Action::Answer(Served::Loaded { keep: true })
            && let Some(payload) = payload
        {
            self.keep(&entry, payload.len());
        }
        Outcome::Loaded { l2: self.reached, held, stored }.note(self.cx, self.policy.has_cache_status);
        Ok(Cached::of(&entry, Source::Table, self.cache.clock.now_ms()))
    }

    /// Continues without an answer of the table; an error when there is nothing to serve.
    pub(super) async fn failed(mut self) -> Result<Option<Cached<V>>, ()> {
        self.next(StepEvent::Failed);
        if self.action == Action::Report {
            self.report().await;
            self.next(StepEvent::Reported);
        }
        if self.action == Action::Answer(Served::Error) {
            Outcome::Lost.note(self.cx, self.policy.has_cache_status);
            return Err(());
        }
        Ok(self.serve(true))
    }

    async fn fill(&self, entry: &Entry<V>, payload: Option<&[u8]>) -> StepEvent {
        let (Some(shared), Some(payload)) = (&self.cache.shared, payload) else { return StepEvent::Unreachable };
        let mut bytes = entry.header(self.schema).into_bytes();
        bytes.extend_from_slice(payload);
        let keep = entry.keep_for(self.cache.clock.now_ms());
        match shared.fill(self.cx, &self.name, &self.turn, &self.seen, &bytes, keep).await {
            Ok(true) => StepEvent::Admitted,
            Ok(false) => {
                self.cx.event.count(fields::FILL_REFUSED, 1);
                StepEvent::Refused
            }
            Err(_) => StepEvent::Unreachable,
        }
    }

    /// Marks in L2 that the table fails. If L2 cannot be reached, the other environments find out
    /// themselves.
    async fn report(&self) {
        if let Some(shared) = &self.cache.shared {
            shared.fail(self.cx, &self.name, &self.turn).await.ok();
        }
    }
}
