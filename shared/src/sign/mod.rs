//! One signer for everything that is handed to a client and must come back unchanged: cursors,
//! consistency tokens, links, upload tickets.
//!
//! # Promises
//! * What was signed for one purpose is refused for another: HMAC-SHA256 (RFC 2104) is over the
//!   purpose and the message.
//! * Nothing needs the key in order to start. It is tried at init, which also opens the connection
//!   to DynamoDB, read on first use if that failed, and kept from then on. A caller that needs it
//!   while it cannot be read gets [`NoKey`] within [`READ_LIMIT`], and at once while the last
//!   failure is fresh.
//! * What is signed names its key. A name that is not known makes an environment read the keys
//!   again, at most once in [`LOOK_AGAIN`], so that names that somebody made up cause bounded work.
//!
//! # How keys change
//! Publish a new key, wait for longer than [`LOOK_AGAIN`], let it sign, and retire the old one when
//! nothing that it signed is in use. The wait is what makes the bound on reading harmless: whoever
//! looked less than `LOOK_AGAIN` ago looked after the key was published, so it knows the name. An
//! environment that reads no unknown name signs with the key that it has until Lambda replaces it,
//! which Lambda does every few hours ("Lambda execution environment lifecycle", AWS Lambda
//! Developer Guide). So an old key is retired a day plus the longest life of what it signed after
//! its successor began to sign: a session's token lives for 30 days. If a key is known to
//! strangers, retire it at once and deploy: that ends all links and cursors that it signed, and
//! signs everybody out whose token it proved.

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

/// The longest that a caller waits for the keys to be read.
pub const READ_LIMIT: Duration = Duration::from_secs(2);
/// After the keys were read for a name that is not among them, such names are refused for so long
/// without another read.
pub const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// After a failed read, callers are refused without another one: first for this long, at most ...
const FIRST_WINDOW: Duration = Duration::from_millis(500);
/// ... and after many for this long.
const LONGEST_WINDOW: Duration = Duration::from_secs(2);

/// The key could not be read. Nothing is said by that about what was to be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no signing key: {0}")]
pub struct NoKey(String);

impl NoKey {
    /// For this reason, which goes to the log: it must not quote a key.
    pub fn new(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

/// Where the keys are kept.
pub trait KeySource: Send + Sync + 'static {
    /// Reads all of them.
    fn read<'a>(&'a self, cx: &'a Cx, how: Consistency) -> BoxFuture<'a, Result<Keyring, NoKey>>;
}

/// Signs and verifies. Cheap to clone, and clones share what they have read.
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    known: RwLock<Option<Arc<Keyring>>>,
    source: Option<Box<dyn KeySource>>,
    failures: Breaker,
    /// When the keys were last read for a name that was not known, in milliseconds: by the wall
    /// clock, because a frozen environment's other clock may stand still. Held while they are read,
    /// so that callers that come meanwhile wait for that read and make none of their own.
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

    /// Tries to read the keys, within the time that `cx` has left. A failure is logged and changes
    /// nothing: the first use tries again.
    pub async fn warm(&self, cx: &Cx) {
        let Some(source) = self.0.source.as_ref().filter(|_| self.0.known().is_none()) else { return };
        match tokio::time::timeout(cx.time_left(), source.read(cx, Consistency::Eventual)).await {
            Ok(Ok(keys)) => drop(self.0.keep(keys)),
            Ok(Err(error)) => tracing::warn!(%error, "init goes on without the key"),
            Err(_) => tracing::warn!("init goes on without the key, whose table is slow"),
        }
    }

    /// `message` and its signature as text that is safe in a URL: [`OVERHEAD`] bytes more at most,
    /// in base64. The message is readable by whoever holds it.
    pub async fn seal(&self, cx: &Cx, purpose: &str, message: &[u8]) -> Result<String, NoKey> {
        let keys = self.0.keys(cx).await?;
        let mut sealed = message.to_vec();
        sealed.extend(keys.sign(purpose, message));
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The message of a text that [`seal`](Self::seal) made for the same purpose; `None` for
    /// anything else.
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
                // Boxed, as below: what is rare adds nothing to the size of every request's future.
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

    /// The keys that are known, or else those that a first read brings.
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

    /// The keys, read again if `name` is not among them and the last such read is long enough ago.
    /// Read strongly: a key that was published before must be among them.
    async fn keys_with(&self, cx: &Cx, name: &str) -> Result<Arc<Keyring>, NoKey> {
        let (mut looked, now) = (self.turn(cx).await?, cx.clock.now_ms());
        // A clock that was set back says nothing of how long ago that was.
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

    /// The turn to read, once nobody else does.
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
