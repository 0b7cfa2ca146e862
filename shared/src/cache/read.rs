//! One read, carried out: asks, waits and keeps what [`step`](super::step) decides.
//!
//! It is in two halves, before the load and after it, so that the loader is called by who knows its type, once, and so that
//! many reads can share one load.

use super::{
    Cache, CacheKey, Cached, Policy, Source,
    cached::Outcome,
    entry::{Entry, HEADER},
    key::Name,
    l2::Taken,
    step::{Action, Answer, Event, State, Worth, start, step},
};
use crate::{
    context::Cx,
    resilience::random_fraction,
    version::{Consistency, Version, Versioned},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

/// What a read has come to before the load.
pub(super) enum Before<V> {
    Answered(Option<Cached<V>>),
    Load(Consistency),
}

/// One read that memory alone did not answer.
pub(super) struct Read<'a, V> {
    cache: &'a Cache,
    cx: &'a Cx,
    name: Name,
    schema: u16,
    policy: Policy,
    least: Version,
    state: State,
    action: Action,
    held: Option<(Arc<Entry<V>>, Source)>,
    /// The bytes that L2 had, for the lease's comparison.
    seen: Vec<u8>,
    token: String,
    reached: bool,
    asked: i64,
    patient: bool,
}

/// What can be cached.
pub(super) trait Value: Versioned + Serialize + DeserializeOwned + Clone + Send + Sync + 'static {}

impl<V: Versioned + Serialize + DeserializeOwned + Clone + Send + Sync + 'static> Value for V {}

impl<'a, V: Value> Read<'a, V> {
    /// Looks in memory; the answer, or the read that goes on from there.
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
            Outcome::Hit { source: Source::L1, left_ms: 1 }.note(cx, K::POLICY.told);
            return Err(Cached::of(&kept.entry, Source::L1, now));
        }
        let held = kept.map(|kept| (kept.entry, Source::L1));
        // Past its time in memory an entry is no longer trusted, but better than an error.
        let worth = held.as_ref().map_or(Worth::Nothing, |(e, _)| e.worth(now, least).min(Worth::Fallback));
        let (state, action) = start(cache.shared.is_some(), worth);
        Ok(Self {
            cache,
            cx,
            name,
            schema: K::SCHEMA,
            policy: K::POLICY,
            least,
            state,
            action,
            held,
            seen: Vec::new(),
            token: String::new(),
            reached: cache.shared.is_some(),
            asked: now,
            patient,
        })
    }

    /// The key to ask L2 for, if that is what comes next.
    pub(super) fn wants(&self) -> Option<&str> {
        (self.action == Action::Ask).then(|| self.name.entry())
    }

    /// Goes on until there is an answer, or until the table must be asked.
    pub(super) async fn before(&mut self) -> Before<V> {
        loop {
            let event = match self.action {
                Action::Answer(_) => return Before::Answered(self.answer()),
                Action::Load(how) => {
                    self.asked = self.cache.clock.now_ms();
                    // A client that has seen a version is not answered by a replica that has not.
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

    /// Goes on with what L2 has for [`wants`](Self::wants), which many reads asked for together.
    pub(super) fn found(&mut self, bytes: Option<Vec<u8>>) {
        self.asked = self.cache.clock.now_ms();
        let event = self.look(bytes.unwrap_or_default());
        self.next(event);
    }

    /// Goes on without L2.
    pub(super) fn unreachable(&mut self) {
        self.reached = false;
        self.next(Event::Unreachable);
    }

    /// Goes on with what the table answered.
    pub(super) async fn after<E>(mut self, loaded: Result<Option<V>, E>) -> Result<Option<Cached<V>>, E> {
        let now = self.asked;
        match loaded {
            Ok(value) => {
                let version = value.as_ref().map(Versioned::version).unwrap_or_default();
                let entry = Arc::new(Entry::new(&self.policy, version, value, now, random_fraction()));
                let held = self.worth();
                self.next(Event::Loaded);
                let payload = Entry::payload(entry.value.as_ref());
                let mut stored = false;
                if self.action == Action::Fill {
                    let event = self.fill(&entry, payload.as_deref()).await;
                    stored = event == Event::Admitted;
                    self.next(event);
                }
                if self.action == Action::Answer(Answer::Loaded { keep: true })
                    && let Some(payload) = payload
                {
                    self.keep(&entry, payload.len());
                }
                Outcome::Loaded { l2: self.reached, held, stored }.note(self.cx, self.policy.told);
                Ok(Cached::of(&entry, Source::Table, self.cache.clock.now_ms()))
            }
            Err(error) => self.failed().await.map_err(|()| error),
        }
    }

    /// How long the load may take: as long as it likes, unless there is something to serve in its place.
    pub(super) fn load_limit(&self) -> Option<Duration> {
        let held = matches!(self.state, State::Loading { held: Worth::Fallback | Worth::Stale, .. });
        self.policy.load_limit.filter(|_| held)
    }

    /// Goes on without an answer of the table's; an error when there is nothing to serve.
    pub(super) async fn failed(mut self) -> Result<Option<Cached<V>>, ()> {
        self.next(Event::Failed);
        if self.action == Action::Extend {
            let event = self.extend().await;
            self.next(event);
        }
        let served = self.held.as_ref().filter(|_| self.action != Action::Answer(Answer::Error));
        let Some((entry, source)) = served else {
            Outcome::Lost.note(self.cx, self.policy.told);
            return Err(());
        };
        let now = self.cache.clock.now_ms();
        Outcome::Saved { source: *source, left_ms: entry.fresh_until - now }.note(self.cx, self.policy.told);
        // Marked, even if its time is not over: it was due to be asked for again.
        Ok(Cached::of(entry, *source, now).map(Cached::mark_stale))
    }

    fn next(&mut self, event: Event) {
        (self.state, self.action) = step(self.state, event);
    }

    fn answer(&self) -> Option<Cached<V>> {
        let now = self.cache.clock.now_ms();
        let (entry, source) = self.held.as_ref()?;
        Outcome::Hit { source: *source, left_ms: entry.fresh_until - now }.note(self.cx, self.policy.told);
        Cached::of(entry, *source, now)
    }

    fn worth(&self) -> Worth {
        let now = self.cache.clock.now_ms();
        self.held.as_ref().map_or(Worth::Nothing, |(entry, _)| entry.worth(now, self.least))
    }

    async fn ask(&mut self) -> Event {
        let Some(shared) = &self.cache.shared else { return Event::Unreachable };
        let asked = self.cache.clock.now_ms();
        let got = if self.policy.latest {
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

    async fn take(&mut self) -> Event {
        let Some(shared) = &self.cache.shared else { return Event::Unreachable };
        self.token = format!("{:016x}", getrandom::u64().unwrap_or_default());
        let asked = self.cache.clock.now_ms();
        match shared.take(self.cx, &self.name, &self.seen, &self.token, self.policy.lease).await {
            Ok(Taken::Won) => Event::Won,
            Ok(Taken::Held) => {
                self.cx.event.count("lease_held", 1);
                Event::Held
            }
            Ok(Taken::Changed(bytes)) => {
                self.asked = asked;
                self.look(bytes)
            }
            Err(_) => self.lost(),
        }
    }

    async fn wait(&mut self) -> Event {
        if self.patient {
            self.cx.event.count("lease_waits", 1);
            // Between an eighth and a quarter of the lease: all waits together last about as long as it does.
            let part = self.policy.lease / 8;
            tokio::time::sleep((part + part.mul_f64(random_fraction())).min(self.cx.time_left())).await;
        }
        Event::Waited
    }

    fn lost(&mut self) -> Event {
        self.reached = false;
        Event::Unreachable
    }

    /// What L2 has, unpacked; what is in memory remains for the case that it has nothing.
    fn look(&mut self, bytes: Vec<u8>) -> Event {
        let Some(entry) = Entry::decode(self.schema, &bytes) else {
            self.seen = bytes;
            let worth = self.worth().min(Worth::Fallback);
            return Event::Found(worth);
        };
        let worth = entry.worth(self.cache.clock.now_ms(), self.least);
        if worth == Worth::Fresh {
            self.keep(&entry, bytes.len() - HEADER);
        }
        self.seen = bytes;
        self.held = Some((entry, Source::L2));
        Event::Found(worth)
    }

    fn keep(&self, entry: &Arc<Entry<V>>, json: usize) {
        self.cache.memory.put(self.name.entry(), Arc::clone(entry), self.asked, self.policy.l1_ttl, json);
    }

    async fn fill(&self, entry: &Entry<V>, payload: Option<&[u8]>) -> Event {
        let (Some(shared), Some(payload)) = (&self.cache.shared, payload) else { return Event::Unreachable };
        let mut bytes = entry.header(self.schema).into_bytes();
        bytes.extend_from_slice(payload);
        let keep = entry.keep_for(self.cache.clock.now_ms());
        match shared.fill(self.cx, &self.name, &self.token, &bytes, keep).await {
            Ok(true) => Event::Admitted,
            Ok(false) => {
                self.cx.event.count("fill_refused", 1);
                Event::Refused
            }
            Err(_) => Event::Unreachable,
        }
    }

    /// Puts the old entry back as stale for as long as a lease, so that nobody waits for a table that fails.
    async fn extend(&self) -> Event {
        let Some((held, _)) = &self.held else { return Event::Refused };
        let until = self.cache.clock.now_ms().saturating_add(1_000).min(held.error_until);
        let entry = Entry {
            version: held.version,
            fresh_until: held.fresh_until,
            stale_until: held.stale_until.max(until),
            error_until: held.error_until,
            value: held.value.clone(),
        };
        let payload = Entry::payload(entry.value.as_ref());
        self.fill(&entry, payload.as_deref()).await
    }
}
