//! One read: carries out what [`step`](super::step) decides.
//!
//! It has two halves, before the load and after it (`finish.rs`). So the loader is called once, by
//! the code that knows its type, and many reads can share one load.

use super::{
    Cache, CacheKey, Cached, Policy, Source,
    cached::Outcome,
    entry::{Entry, HEADER, STAMP},
    key::Name,
    l2::{Taken, Turn},
    policy::LOAD_MAX,
    step::{Action, State, StepEvent, Worth, start, step},
};
use crate::{
    context::Cx,
    resilience::random_fraction,
    telemetry::fields,
    version::{Consistency, Version, Versioned},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

/// The state of a read before the load.
pub(super) enum Before<V> {
    Answered(Option<Cached<V>>),
    Load(Consistency),
}

/// One read that memory alone could not answer.
pub(super) struct Read<'a, V> {
    pub(super) cache: &'a Cache,
    pub(super) cx: &'a Cx,
    pub(super) name: Name,
    kind: &'static str,
    pub(super) schema: u16,
    pub(super) policy: Policy,
    least: Version,
    pub(super) state: State,
    pub(super) action: Action,
    held: Option<(Arc<Entry<V>>, Source)>,
    /// The stamp of L2's entry, readable or not.
    pub(super) seen: Vec<u8>,
    pub(super) turn: Turn,
    pub(super) reached: bool,
    pub(super) asked: i64,
    patient: bool,
    waited: Duration,
}

/// The types that can be cached.
pub(super) trait Value: Versioned + Serialize + DeserializeOwned + Clone + Send + Sync + 'static {}

impl<V: Versioned + Serialize + DeserializeOwned + Clone + Send + Sync + 'static> Value for V {}

impl<'a, V: Value> Read<'a, V> {
    /// Looks in memory. Returns the answer, or the read that continues from there. A `patient` read
    /// waits for another environment's load when it has nothing to serve.
    pub(super) fn begin<K: CacheKey<Value = V>>(
        cache: &'a Cache,
        cx: &'a Cx,
        key: &K,
        patient: bool,
    ) -> Result<Self, Option<Cached<V>>> {
        let now = cache.clock.now_ms();
        let name = Name::of(key);
        let least = if cx.seen.is_empty() { Version(0) } else { cx.seen.least(&key.item()) };
        let kept = cache.memory.get::<V>(name.entry(), now);
        if let Some(kept) = &kept
            && kept.current
            && kept.entry.version >= least
        {
            Outcome::Hit { source: Source::L1, left_ms: 1 }.note(cx, K::POLICY.has_cache_status);
            return Err(Cached::of(&kept.entry, Source::L1, now));
        }
        let held = kept.map(|kept| (kept.entry, Source::L1));
        // Past its time in memory an entry is not trusted any more, but it is better than an error.
        let worth = held.as_ref().map_or(Worth::Nothing, |(e, _)| e.worth(now, least).min(Worth::Remembered));
        let (state, action) = start(cache.shared.is_some(), worth);
        Ok(Self {
            cache,
            cx,
            name,
            kind: K::KIND,
            schema: K::SCHEMA,
            policy: K::POLICY,
            least,
            state,
            action,
            held,
            seen: Vec::new(),
            turn: Turn::default(),
            reached: cache.shared.is_some(),
            asked: now,
            patient,
            waited: Duration::ZERO,
        })
    }

    /// The key to read from L2, if that is the next step.
    pub(super) fn wants(&self) -> Option<&str> {
        (self.action == Action::Ask).then(|| self.name.entry())
    }

    /// Continues until there is an answer, or until the table must be asked.
    pub(super) async fn before(&mut self) -> Before<V> {
        loop {
            let event = match self.action {
                Action::Answer(_) => return Before::Answered(self.serve(false)),
                Action::Load(how) => {
                    self.asked = self.cache.clock.now_ms();
                    // A client that has seen a version must not get the answer of a replica that
                    // has not.
                    let exact = self.least > Version(0);
                    return Before::Load(if exact { Consistency::Strong } else { how });
                }
                Action::Ask => self.ask().await,
                Action::Take => self.take().await,
                _ => self.wait().await,
            };
            self.next(event);
        }
    }

    /// Continues with L2's entry for [`wants`](Self::wants), which many reads requested together.
    pub(super) fn found(&mut self, bytes: Option<Vec<u8>>) {
        self.asked = self.cache.clock.now_ms();
        let event = self.look(bytes.unwrap_or_default());
        self.next(event);
    }

    /// Continues without L2.
    pub(super) fn unreachable(&mut self) {
        let event = self.lost();
        self.next(event);
    }

    /// How long the load may take. There is no limit unless an entry can be served in its place.
    pub(super) fn load_limit(&self) -> Option<Duration> {
        let held = matches!(self.state, State::Loading { held, .. } if held >= Worth::Remembered);
        held.then(|| self.policy.load_limit_after(self.turn.before))
    }

    pub(super) fn next(&mut self, event: StepEvent) {
        (self.state, self.action) = step(self.state, event);
    }

    /// The answer from the held entry. `failed` says that the table was asked and failed.
    pub(super) fn serve(&self, failed: bool) -> Option<Cached<V>> {
        let now = self.cache.clock.now_ms();
        let (entry, source) = self.held.as_ref()?;
        let (source, left_ms) = (*source, entry.fresh_until - now);
        let outcome = match entry.worth(now, self.least) {
            _ if failed => Outcome::Saved { source, left_ms },
            Worth::Fresh | Worth::Stale => Outcome::Hit { source, left_ms },
            _ => Outcome::Fallback { source, left_ms },
        };
        outcome.note(self.cx, self.policy.has_cache_status);
        if self.policy.has_cache_status {
            let kind = if self.kind.is_empty() { self.name.kind() } else { self.kind };
            outcome.mark(self.cx, kind, now - entry.loaded);
        }
        let answer = Cached::of(entry, source, now);
        // It is marked even if its time is not over, because a new load was due.
        if failed { answer.map(Cached::mark_stale) } else { answer }
    }

    pub(super) fn worth(&self) -> Worth {
        let now = self.cache.clock.now_ms();
        self.held.as_ref().map_or(Worth::Nothing, |(entry, _)| entry.worth(now, self.least))
    }

    pub(super) fn keep(&self, entry: &Arc<Entry<V>>, json: usize) {
        self.cache.memory.put(self.name.entry(), Arc::clone(entry), self.asked, self.policy.l1_ttl, json);
    }

    async fn ask(&mut self) -> StepEvent {
        let Some(shared) = &self.cache.shared else { return StepEvent::Unreachable };
        let asked = self.cache.clock.now_ms();
        let got = if self.policy.from_primary {
            shared.valkey.get_latest(self.cx, self.name.entry()).await
        } else {
            shared.valkey.get(self.cx, self.name.entry()).await
        };
        match got {
            Ok(bytes) => {
                self.asked = asked;
                self.look(bytes.unwrap_or_default())
            }
            Err(_) => self.lost(),
        }
    }

    async fn take(&mut self) -> StepEvent {
        let Some(shared) = &self.cache.shared else { return StepEvent::Unreachable };
        let asked = self.cache.clock.now_ms();
        match shared.take(self.cx, &self.name, &self.seen, self.policy.turn).await {
            Ok(Taken::Won(turn)) => {
                self.turn = turn;
                StepEvent::Won
            }
            Ok(Taken::Held(turns)) => {
                self.cx.event.count(fields::TURN_HELD, 1);
                StepEvent::Held(self.policy.hope(turns))
            }
            Ok(Taken::Changed(bytes)) => {
                self.asked = asked;
                self.look(bytes)
            }
            Err(_) => self.lost(),
        }
    }

    async fn wait(&mut self) -> StepEvent {
        let held = if let State::Waiting(held) = self.state { held } else { Worth::Nothing };
        if held < Worth::Fallback && (!self.patient || self.waited >= LOAD_MAX) {
            return StepEvent::GaveUp;
        }
        self.cx.event.count(fields::TURN_WAITS, 1);
        let part = self.policy.wait(held, self.waited, random_fraction());
        self.waited += part;
        tokio::time::sleep(part.min(self.cx.time_left())).await;
        StepEvent::Waited
    }

    fn lost(&mut self) -> StepEvent {
        self.reached = false;
        StepEvent::Unreachable
    }

    /// L2's entry, unpacked. If there is none, an entry from a moment ago was forgotten since; it
    /// is not served even when the table fails. An entry in memory remains for that case.
    fn look(&mut self, mut bytes: Vec<u8>) -> StepEvent {
        let worth = if let Some(entry) = Entry::decode(self.schema, &bytes) {
            let worth = entry.worth(self.cache.clock.now_ms(), self.least);
            if worth == Worth::Fresh {
                self.keep(&entry, bytes.len() - HEADER);
            }
            self.held = Some((entry, Source::L2));
            worth
        } else {
            self.held.take_if(|(_, source)| *source == Source::L2);
            self.worth().min(Worth::Remembered)
        };
        bytes.truncate(STAMP);
        self.seen = bytes;
        StepEvent::Found(worth)
    }
}
