//! Valkey, or Redis: fast, shared, and expected to vanish at any moment.
//!
//! Nothing here is worth a failed request, and a request can do without almost all of it. So a
//! request waits for this server for a bounded time in all, and a failing server is probed beside
//! requests. Lambda freezes an environment between two requests. So nothing reconnects in the
//! background (a freeze would stop it half way), and a connection that was idle is checked before
//! it is used: its peer may be long gone.
//!
//! # Promises
//! * A call ends within [`Timeouts::command`], including the connection, however many calls run at
//!   the same time.
//! * All calls of a request together wait for [`Timeouts::command`] at most, whatever the server
//!   does; after that its calls are not sent. Answers that take less than an eighth of that time do
//!   not count. Calls of [`Valkey::must_reach`] are bounded one by one.
//! * After a failure no call waits for a connection. A call starts a connection attempt when one is
//!   due and is not sent; a later call uses the connection. Attempts follow each other in windows
//!   that grow, with jitter, up to [`Timeouts::window`]. So a dead server costs requests nothing,
//!   and is used again a window after its return, by the second request at the latest. Calls wait
//!   only for the first connection, and for one that replaces a connection that ended while it was
//!   idle. After a failure, the first command on a new connection is a trial: no other is sent
//!   until it is answered.
//! * After any failure but a refusal the connection is dropped, so a late answer is never taken for
//!   the answer to another call.
//! * A command is sent once. It may have been carried out even if its answer was lost. A cluster's
//!   node that reports a moved slot did not carry it out.
//! * A primary and its readers are independent: if readers hang, reads go to the primary, and the
//!   primary alone is used.
//!
//! # Costs
//! A call is one round trip: 20 us on loopback, 0.3 ms within an availability zone. An environment
//! connects at init, which takes three round trips (about 5 ms with TLS). The first call after ten
//! idle seconds sends a `PING` first.

mod error;
#[cfg(test)]
mod fake;
mod lane;
mod link;
mod script;
mod target;
#[cfg(test)]
mod tests;

pub use error::ValkeyError;
pub use script::{Reply, Script};

use crate::{
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    env::CACHE_URL,
    telemetry::fields,
};
use lane::{CallOutcome, Connection, Lane};
use link::Link;
use redis::{Cmd, Value};
use std::{fmt, sync::Arc, time::Duration};
use target::Targets;
use tokio::time::{Instant, timeout_at};

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the answer to one command, and for a connection that is made in its way: all that a
    /// request may lose.
    pub command: Duration,
    /// For the first connection, at init, where nobody waits for an answer.
    pub connect: Duration,
    /// The longest time between two dials to a server that does not answer. The first follows after
    /// a sixteenth of it.
    pub window: Duration,
}

impl Default for Timeouts {
    /// A hundred times what a command takes in one availability zone; still less than a read of the
    /// table would suffer by.
    fn default() -> Self {
        Self { command: Duration::from_millis(40), connect: Duration::from_millis(200), window: Duration::from_secs(2) }
    }
}

/// A server, a server with readers, or a cluster. Clones share connections and breakers.
#[derive(Clone)]
pub struct Valkey {
    shared: Arc<Lanes>,
    must: bool,
}

struct Lanes {
    primary: Arc<Lane>,
    readers: Option<Arc<Lane>>,
    timeouts: Timeouts,
}

/// Who may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// A reader, where there is one.
    Any,
    Primary,
}

impl fmt::Debug for Valkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Valkey")
    }
}

impl Valkey {
    /// The server that [`CACHE_URL`] names, or `None` when there is none. Connects on the first
    /// call.
    pub fn from_vars(vars: &Vars) -> Result<Option<Self>, ConfigError> {
        vars.optional(CACHE_URL).map(|url| Self::connect(&url, Timeouts::default())).transpose()
    }

    /// The server at `url`. Connects on the first call, or with [`Valkey::warm_up`].
    ///
    /// * `redis://host:6379`: one server;
    /// * `redis://host:6379?reader=other:6379`: a primary and an endpoint of readers (replication
    ///   group);
    /// * `rediss://host:6379`: a cluster, with TLS, as ElastiCache Serverless is. `?cluster=off`
    ///   for one server with TLS, and `redis://..?cluster=on` for a cluster without.
    pub fn connect(url: &str, timeouts: Timeouts) -> Result<Self, ConfigError> {
        Ok(Self::at(Targets::parse(url)?, timeouts))
    }

    fn at(targets: Targets, timeouts: Timeouts) -> Self {
        let lane = |target| Arc::new(Lane::new(target, timeouts.command, timeouts.window));
        let shared = Lanes { primary: lane(targets.primary), readers: targets.readers.map(lane), timeouts };
        Self { shared: Arc::new(shared), must: false }
    }

    /// Connects, and waits for that as long as [`Timeouts::connect`]: at init, before there is a
    /// request.
    pub async fn warm_up(&self, clock: &Clock) {
        let Lanes { primary, readers, timeouts } = &*self.shared;
        let readers = async {
            if let Some(readers) = readers {
                readers.warm_up(clock, timeouts.connect).await;
            }
        };
        tokio::join!(primary.warm_up(clock, timeouts.connect), readers);
    }

    /// The same server, for what it has to hear: what is written here must not live on there. Its
    /// calls are sent, and dial, whether the last ones failed or not, and however long the request
    /// has waited. Each takes [`Timeouts::command`] at most.
    #[must_use]
    pub fn must_reach(&self) -> Self {
        Self { must: true, ..self.clone() }
    }

    /// The value at `key`, from a reader where there is one: it may lag behind the primary.
    pub async fn get(&self, cx: &Cx, key: &str) -> Result<Option<Vec<u8>>, ValkeyError> {
        let mut cmd = Cmd::with_capacity(2, key.len() + 8);
        cmd.arg("GET").arg(key);
        bytes(self.call(cx, Side::Any, &cmd).await?)
    }

    /// The value at `key`, from the primary: what sessions and locks need.
    pub async fn get_latest(&self, cx: &Cx, key: &str) -> Result<Option<Vec<u8>>, ValkeyError> {
        bytes(self.call(cx, Side::Primary, Cmd::new().arg("GET").arg(key)).await?)
    }

    /// The values at `keys`, in their order, in one round trip (in a cluster: one a shard, at
    /// once). From a reader where there is one.
    pub async fn get_many(&self, cx: &Cx, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>, ValkeyError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let Value::Array(values) = self.call(cx, Side::Any, Cmd::new().arg("MGET").arg(keys)).await? else {
            return Err(ValkeyError::Unexpected);
        };
        if values.len() != keys.len() {
            return Err(ValkeyError::Unexpected);
        }
        values.into_iter().map(bytes).collect()
    }

    /// Sets `key` for `ttl`. A key without an end is not offered: memory is bounded.
    pub async fn set(&self, cx: &Cx, key: &str, value: &[u8], ttl: Duration) -> Result<(), ValkeyError> {
        self.call(cx, Side::Primary, Cmd::new().arg("SET").arg(key).arg(value).arg("PX").arg(millis(ttl))).await?;
        Ok(())
    }

    /// Deletes `keys`, all at once when they share a hash tag. As of [`Valkey::must_reach`].
    pub async fn delete(&self, cx: &Cx, keys: &[&str]) -> Result<(), ValkeyError> {
        if !keys.is_empty() {
            self.must_reach().call(cx, Side::Primary, Cmd::new().arg("DEL").arg(keys)).await?;
        }
        Ok(())
    }

    /// Runs a script, on the primary. All `keys` must share a hash tag. The server is sent the
    /// script's text only when it does not know it: one more round trip after a restart.
    pub async fn eval(&self, cx: &Cx, script: &Script, keys: &[&str], args: &[&[u8]]) -> Result<Reply, ValkeyError> {
        let answer = match self.call(cx, Side::Primary, &script.by_hash(keys, args)).await {
            Err(ValkeyError::Refused { code, .. }) if code == "NOSCRIPT" => {
                self.call(cx, Side::Primary, &script.by_text(keys, args)).await?
            }
            other => other?,
        };
        Reply::try_from(answer)
    }

    /// Whether the primary did not answer lately, and is not asked at this moment.
    pub fn is_open(&self) -> bool {
        self.shared.primary.breaker.opens_in(Instant::now().into_std()).is_some()
    }

    async fn call(&self, cx: &Cx, side: Side, cmd: &Cmd) -> Result<Value, ValkeyError> {
        let started = Instant::now();
        let command = self.shared.timeouts.command;
        // What must reach the server is not at the expense of what the request does after it.
        let spent = if self.must { Duration::ZERO } else { cx.l2_wait.elapsed() };
        let waiting = (!self.must).then(|| cx.l2_wait.start(command / 8));
        let limit = command.saturating_sub(spent).min(cx.time_left());
        // With less than half of its time a call says nothing about the server when it is not
        // answered.
        let outcome = self.ask(cx, side, cmd, started + limit, limit >= command / 2).await;
        drop(waiting);
        match outcome {
            Err(ValkeyError::NotAsked) => cx.event.count(fields::VALKEY_REFUSED, 1),
            _ => cx.event.time(fields::VALKEY, started.elapsed()),
        }
        outcome
    }

    /// `fair` says whether the server can be blamed if it does not answer by `deadline`.
    async fn ask(&self, cx: &Cx, side: Side, cmd: &Cmd, deadline: Instant, fair: bool) -> Result<Value, ValkeyError> {
        if deadline <= Instant::now() {
            return Err(ValkeyError::NotAsked);
        }
        let Some((lane, mut ready)) = self.ready(cx, side, deadline).await else { return Err(ValkeyError::NotAsked) };
        let answer = match timeout_at(deadline, ready.link.query(cmd)).await {
            Ok(answer) => answer.map_err(ValkeyError::from),
            Err(_) => Err(ValkeyError::Timeout),
        };
        let outcome = match &answer {
            Ok(_) | Err(ValkeyError::Refused { .. }) => CallOutcome::Answered,
            Err(ValkeyError::Timeout) if !fair => CallOutcome::Unknown,
            Err(_) => CallOutcome::Failed,
        };
        if outcome != CallOutcome::Answered {
            cx.event.count(fields::VALKEY_ERRORS, 1);
        }
        lane.ended(&ready, outcome);
        answer
    }

    /// A connection for one call: to the readers, if they may answer and do so in half of the time;
    /// else to the primary.
    async fn ready(&self, cx: &Cx, side: Side, deadline: Instant) -> Option<(&Lane, Connection)> {
        let Lanes { primary, readers, .. } = &*self.shared;
        if let Some(readers) = readers.as_ref().filter(|_| side == Side::Any) {
            let half = deadline - (deadline - Instant::now()) / 2;
            if let Some(ready) = readers.take(&cx.clock, false, half).await {
                return Some((readers, ready));
            }
        }
        primary.take(&cx.clock, self.must, deadline).await.map(|ready| (&**primary, ready))
    }
}

fn bytes(value: Value) -> Result<Option<Vec<u8>>, ValkeyError> {
    match value {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => Ok(Some(bytes)),
        _ => Err(ValkeyError::Unexpected),
    }
}

fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}
