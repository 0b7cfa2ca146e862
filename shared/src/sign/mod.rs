//! One signer for everything that a client gets and must return unchanged: cursors, consistency
//! tokens, links, upload tokens.
//!
//! # Promises
//! * What was signed for one purpose is refused for another: the HMAC-SHA256 (RFC 2104) covers
//!   purpose and message.
//! * No function needs the key in order to start. Init tries to read it, which also opens the
//!   connection to DynamoDB. If that fails, the first use reads it, and it is kept from then on.
//!   While it cannot be read, a caller that needs it gets [`NoKey`] within [`READ_LIMIT`], and at
//!   once while the last failure is recent.
//! * A signature names its key. For an unknown name the environment reads the keys again, at most
//!   once in [`LOOK_AGAIN`], so made-up names cause bounded work.
//!
//! # How keys change
//! Publish a new key, wait for longer than [`LOOK_AGAIN`], let it sign, and retire the old one when
//! nothing that it signed is in use. Because of the wait, an environment that read the keys less
//! than `LOOK_AGAIN` ago read them after the key was published, and knows it. An environment that
//! meets no unknown name signs with its old key until Lambda replaces the environment, which
//! happens every few hours ("Lambda execution environment lifecycle", AWS Lambda Developer Guide).
//! So retire an old key a day plus the longest life of what it signed after its successor began to
//! sign; a session's token lives for 30 days. If strangers know a key, retire it at once and
//! deploy. That ends all links and cursors that it signed, and signs out everybody whose token it
//! proved.

mod keyring;

pub use keyring::{BadKeyring, KEY_MIN, Keyring, NAME_MAX, OVERHEAD};

use crate::{context::Cx, resilience::Breaker, version::Consistency};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use std::{
    fmt::Display,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{Mutex, MutexGuard};

/// How long a caller waits for the keys to be read.
pub const READ_LIMIT: Duration = Duration::from_secs(2);
/// After a read for an unknown name, other unknown names are refused for this long without another
/// read.
pub const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// After a failed read, callers are refused without another one: at first for this long, at most
/// ...
const FIRST_WINDOW: Duration = Duration::from_millis(500);
/// ... and after many for this long.
const LONGEST_WINDOW: Duration = Duration::from_secs(2);

/// The key could not be read. That says nothing about the text that was to be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no signing key: {0}")]
pub struct NoKey(String);

impl NoKey {
    /// The reason goes to the log, so it must not contain a key.
    pub fn new(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

/// The place where the keys are kept.
pub trait KeySource: Send + Sync + 'static {
    /// Reads all keys.
    fn read<'a>(&'a self, cx: &'a Cx, how: Consistency) -> BoxFuture<'a, Result<Keyring, NoKey>>;
}

/// Signs and verifies. It is cheap to clone, and clones share the keys.
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    known: RwLock<Option<Arc<Keyring>>>,
    source: Option<Box<dyn KeySource>>,
    failures: Breaker,
    /// When the keys were last read for an unknown name, in milliseconds of the wall clock: the
    /// other clock may stand still during a freeze. The lock is held during a read, so that other
    /// callers wait for that read and do not start their own.
    looked: Mutex<Option<i64>>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A signer with this one key, for tests.
    pub fn new(key: &[u8]) -> Self {
        Self::make(Some(Keyring::fixed(key)), None)
    }

    /// A signer that reads its keys from `source` when it first needs one.
    pub fn reading(source: impl KeySource) -> Self {
        Self::make(None, Some(Box::new(source)))
    }

    fn make(known: Option<Keyring>, source: Option<Box<dyn KeySource>>) -> Self {
        Self(Arc::new(Inner {
            known: RwLock::new(known.map(Arc::new)),
            source,
            failures: Breaker::new(1, FIRST_WINDOW, LONGEST_WINDOW),
            looked: Mutex::new(None),
        }))
    }

    /// Tries to read the keys within the time that `cx` has left. A failure is only logged: the
    /// first use tries again.
    pub async fn warm(&self, cx: &Cx) {
        let Some(source) = self.0.source.as_ref().filter(|_| self.0.known().is_none()) else { return };
        match tokio::time::timeout(cx.time_left(), source.read(cx, Consistency::Eventual)).await {
            Ok(Ok(keys)) => drop(self.0.keep(keys)),
            Ok(Err(error)) => tracing::warn!(%error, "init goes on without the key"),
            Err(_) => tracing::warn!("init goes on without the key, whose table is slow"),
        }
    }

    /// `message` with its signature, as text that is safe in a URL: at most [`OVERHEAD`] bytes
    /// longer, in base64. Whoever has the text can read the message.
    pub async fn seal(&self, cx: &Cx, purpose: &str, message: &[u8]) -> Result<String, NoKey> {
        let keys = self.0.keys(cx).await?;
        let mut sealed = message.to_vec();
        sealed.extend(keys.sign(purpose, message));
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The message of a text that [`seal`](Self::seal) made for the same purpose; `None` for any
    /// other text.
    pub async fn open(&self, cx: &Cx, purpose: &str, sealed: &str) -> Result<Option<Vec<u8>>, NoKey> {
        let Ok(mut message) = URL_SAFE_NO_PAD.decode(sealed) else { return Ok(None) };
        let Some(at) = keyring::signature_at(&message) else { return Ok(None) };
        let signature = message.split_off(at);
        Ok(self.verify(cx, purpose, &message, &signature).await?.then_some(message))
    }

    /// The signature alone, as text that is safe in a URL: at most 34 characters.
    pub async fn tag(&self, cx: &Cx, purpose: &str, message: &[u8]) -> Result<String, NoKey> {
        Ok(URL_SAFE_NO_PAD.encode(self.0.keys(cx).await?.sign(purpose, message)))
    }

    /// Whether [`tag`](Self::tag) made `tag` for the same purpose and message.
    pub async fn check(&self, cx: &Cx, purpose: &str, message: &[u8], tag: &str) -> Result<bool, NoKey> {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(tag) else { return Ok(false) };
        if keyring::signature_at(&signature) != Some(0) {
            return Ok(false);
        }
        self.verify(cx, purpose, message, &signature).await
    }

    async fn verify(&self, cx: &Cx, purpose: &str, message: &[u8], signature: &[u8]) -> Result<bool, NoKey> {
        let keys = self.0.keys(cx).await?;
        match keys.verify(purpose, message, signature) {
            Some(good) => Ok(good),
            None if self.0.source.is_none() => Ok(false),
            None => {
                // Boxed, as below, so that a rare case does not enlarge the future of every
                // request.
                let keys = Box::pin(self.0.keys_with(cx, keyring::name_of(signature))).await?;
                Ok(keys.verify(purpose, message, signature).unwrap_or(false))
            }
        }
    }
}

impl Inner {
    fn known(&self) -> Option<Arc<Keyring>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, keys: Keyring) -> Arc<Keyring> {
        let keys = Arc::new(keys);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&keys));
        keys
    }

    /// The known keys, or those of a first read.
    async fn keys(&self, cx: &Cx) -> Result<Arc<Keyring>, NoKey> {
        match self.known() {
            Some(keys) => Ok(keys),
            None => Box::pin(self.first(cx)).await,
        }
    }

    async fn first(&self, cx: &Cx) -> Result<Arc<Keyring>, NoKey> {
        let _turn = self.turn(cx).await?;
        match self.known() {
            Some(keys) => Ok(keys),
            None => self.read(cx, Consistency::Eventual).await,
        }
    }

    /// The keys. They are read again if `name` is not among them and the last such read is old
    /// enough. The read is strongly consistent, so it finds every key that was published before.
    async fn keys_with(&self, cx: &Cx, name: &str) -> Result<Arc<Keyring>, NoKey> {
        let (mut looked, now) = (self.turn(cx).await?, cx.clock.now_ms());
        // A clock that was set back does not tell how long ago that was.
        let lately = looked.is_some_and(|at| u128::from(now.abs_diff(at)) < LOOK_AGAIN.as_millis());
        match self.known() {
            Some(keys) if keys.has(name) || lately => Ok(keys),
            _ => {
                let keys = self.read(cx, Consistency::Strong).await?;
                *looked = Some(now);
                Ok(keys)
            }
        }
    }

    /// The turn to read, once no other caller reads.
    async fn turn(&self, cx: &Cx) -> Result<MutexGuard<'_, Option<i64>>, NoKey> {
        let turn = tokio::time::timeout(READ_LIMIT.min(cx.time_left()), self.looked.lock()).await;
        turn.map_err(|_| NoKey::new("another read of it is under way"))
    }

    async fn read(&self, cx: &Cx, how: Consistency) -> Result<Arc<Keyring>, NoKey> {
        let source = self.source.as_ref().ok_or_else(|| NoKey::new("there is nowhere to read it"))?;
        let now = || tokio::time::Instant::now().into_std();
        let pass = self.failures.admit(now()).ok_or_else(|| NoKey::new("the last read failed a moment ago"))?;
        let limit = READ_LIMIT.min(cx.time_left());
        let read = match tokio::time::timeout(limit, source.read(cx, how)).await {
            Ok(read) => read,
            Err(_) => Err(NoKey::new("its table is slow")),
        };
        match read {
            Ok(keys) => {
                self.failures.succeeded(pass);
                Ok(self.keep(keys))
            }
            Err(error) => {
                self.failures.failed(pass, now());
                Err(error)
            }
        }
    }
}

/// SHA-256 (FIPS 180-4) as 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
