//! Valkey, or Redis: fast, shared, and expected to be gone at any moment.
//!
//! Nothing here is worth a failed request, so every call has a short timeout of its own, and a breaker turns a dead server
//! into one comparison. A function's environment is frozen between requests, which rules out the usual remedies: nothing
//! reconnects in the background (it would be frozen half way), and a connection that was idle is asked for a sign of life
//! before it is trusted, because its peer may be long gone.
//!
//! # Promises
//! * A call ends within [`Timeouts::command`], or [`Timeouts::connect`] more when it has to connect.
//! * After three failures in a row calls are refused at once, for [`Timeouts::window`]; then one call tries. So a dead or
//!   hanging server costs at most one timeout a window, and is used again within a window of its return.
//! * After any failure but a refusal the connection is dropped: what a server sends late answers nobody's question.
//! * A command is sent once. It may have been carried out although the answer was lost.
//!
//! # Costs
//! A call is one round trip: 20 us on loopback, 0.3 ms within an availability zone. The first call of an environment connects
//! (one more, and about 5 ms with TLS), the first after ten idle seconds asks with a `PING`.

mod error;
mod link;
mod script;
mod target;

pub use error::ValkeyError;
pub use script::{Reply, Script};

use crate::{
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    resilience::Breaker,
};
use link::{Link, Side};
use redis::{Cmd, Value};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use target::Target;
use tokio::time::timeout;

/// The variable that says where the server is; see [`Valkey::connect`] for its forms. Unset, there is none.
pub const URL: &str = "CACHE_URL";

/// After this long without a call a connection is asked for a sign of life. Freezes of live traffic are shorter, and load
/// balancers forget a silent connection after minutes.
const IDLE_MS: i64 = 10_000;
const THRESHOLD: u32 = 3;

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the answer to one command.
    pub command: Duration,
    /// For a connection, with TLS and authentication.
    pub connect: Duration,
    /// For how long calls are refused after three failures in a row.
    pub window: Duration,
}

impl Default for Timeouts {
    /// A hundred times what a command takes in one availability zone; still less than a read of the table would suffer by.
    fn default() -> Self {
        Self { command: Duration::from_millis(40), connect: Duration::from_millis(200), window: Duration::from_secs(1) }
    }
}

/// A server, a server with readers, or a cluster. Clones share the connection and the breaker.
#[derive(Clone)]
pub struct Valkey(Arc<Inner>);

struct Inner {
    target: Target,
    timeouts: Timeouts,
    breaker: Breaker,
    slot: Mutex<Slot>,
    // Held while connecting, so that calls made at once share one connection.
    dialing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Slot {
    link: Option<Link>,
    used_ms: i64,
}

impl fmt::Debug for Valkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Valkey")
    }
}

impl Valkey {
    /// The server that [`URL`] names, or `None` when there is none. Connects on the first call.
    pub fn from_vars(vars: &Vars) -> Result<Option<Self>, ConfigError> {
        vars.optional(URL).map(|url| Self::connect(&url, Timeouts::default())).transpose()
    }

    /// The server at `url`. Connects on the first call.
    ///
    /// * `redis://host:6379`: one server;
    /// * `redis://host:6379?reader=other:6379`: a primary and an endpoint of readers (replication group);
    /// * `rediss://host:6379`: a cluster, with TLS, as ElastiCache Serverless is. `?cluster=off` for one server with TLS, and
    ///   `redis://..?cluster=on` for a cluster without.
    pub fn connect(url: &str, timeouts: Timeouts) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner {
            target: Target::parse(url)?,
            timeouts,
            breaker: Breaker::new(THRESHOLD, timeouts.window, timeouts.window),
            slot: Mutex::default(),
            dialing: tokio::sync::Mutex::default(),
        })))
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

    /// The values at `keys`, in their order, in one round trip (in a cluster: one a shard, at once). From a reader where there
    /// is one.
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

    /// Deletes `keys`, all at once when they share a hash tag.
    pub async fn delete(&self, cx: &Cx, keys: &[&str]) -> Result<(), ValkeyError> {
        if !keys.is_empty() {
            self.call(cx, Side::Primary, Cmd::new().arg("DEL").arg(keys)).await?;
        }
        Ok(())
    }

    /// Runs a script, on the primary. All `keys` must share a hash tag. The server is sent the script's text only when it
    /// does not know it: one more round trip after a restart.
    pub async fn eval(&self, cx: &Cx, script: &Script, keys: &[&str], args: &[&[u8]]) -> Result<Reply, ValkeyError> {
        let answer = match self.call(cx, Side::Primary, &script.by_hash(keys, args)).await {
            Err(ValkeyError::Refused { code, .. }) if code == "NOSCRIPT" => {
                self.call(cx, Side::Primary, &script.by_text(keys, args)).await?
            }
            other => other?,
        };
        Reply::try_from(answer)
    }

    /// Whether calls are refused at this moment.
    pub fn is_open(&self) -> bool {
        self.0.breaker.opens_in(Instant::now()).is_some()
    }

    async fn call(&self, cx: &Cx, side: Side, cmd: &Cmd) -> Result<Value, ValkeyError> {
        let started = Instant::now();
        let Some(pass) = self.0.breaker.admit(started) else {
            cx.event.count("valkey_refused", 1);
            return Err(ValkeyError::Open);
        };
        let outcome = self.send(cx, side, cmd).await;
        let ended = Instant::now();
        cx.event.time("valkey", ended - started);
        match &outcome {
            Ok(_) | Err(ValkeyError::Refused { .. }) => self.0.breaker.succeeded(pass),
            // The request's own time was over: that says nothing about the server.
            Err(ValkeyError::Timeout) if cx.time_left().is_zero() => {}
            Err(_) => {
                cx.event.count("valkey_errors", 1);
                self.slot().link = None;
                self.0.breaker.failed(pass, ended);
            }
        }
        outcome
    }

    async fn send(&self, cx: &Cx, side: Side, cmd: &Cmd) -> Result<Value, ValkeyError> {
        let mut link = match self.ready(&cx.clock) {
            Some(link) => link,
            None => self.dial(cx).await?,
        };
        let wait = self.0.timeouts.command.min(cx.time_left());
        timeout(wait, link.query(side, cmd)).await.map_err(|_| ValkeyError::Timeout)?.map_err(ValkeyError::from)
    }

    /// The connection, if there is one that was in use a moment ago.
    fn ready(&self, clock: &Clock) -> Option<Link> {
        let now = clock.now_ms();
        let mut slot = self.slot();
        if !(0..IDLE_MS).contains(&(now - slot.used_ms)) {
            return None;
        }
        slot.used_ms = now;
        slot.link.clone()
    }

    /// The idle connection, if it answers; else a new one.
    async fn dial(&self, cx: &Cx) -> Result<Link, ValkeyError> {
        let _alone = self.0.dialing.lock().await;
        if let Some(link) = self.ready(&cx.clock) {
            return Ok(link);
        }
        let idle = self.slot().link.take();
        let link = match idle {
            Some(link) if self.answers(link.clone()).await => link,
            _ => {
                let wait = self.0.timeouts.connect.min(cx.time_left());
                timeout(wait, Link::dial(&self.0.target)).await.map_err(|_| ValkeyError::Timeout)??
            }
        };
        *self.slot() = Slot { link: Some(link.clone()), used_ms: cx.clock.now_ms() };
        Ok(link)
    }

    async fn answers(&self, mut link: Link) -> bool {
        let ping = redis::cmd("PING");
        matches!(timeout(self.0.timeouts.command, link.query(Side::Primary, &ping)).await, Ok(Ok(_)))
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.slot.lock().unwrap_or_else(PoisonError::into_inner)
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
