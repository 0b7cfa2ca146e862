//! Keys with names. One of them signs.
//!
//! A signature follows its message: the MAC, the key's name, and the length of that name.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;

/// The longest name of a key, in bytes.
pub const NAME_MAX: usize = 8;
/// The shortest key, in bytes: the length of the hash (RFC 2104, section 3).
pub const KEY_MIN: usize = 32;
/// How many bytes a signature adds to a message at most.
pub const OVERHEAD: usize = MAC + NAME_MAX + 1;

/// The bytes of a MAC: half of the hash, which RFC 2104, section 5 allows.
const MAC: usize = 16;

/// All keys at one moment. Its `Debug` shows none.
pub struct Keyring {
    keys: HashMap<String, Hmac<Sha256>>,
    signs: (String, Hmac<Sha256>),
}

/// Why keys cannot be used. It contains no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyring {
    /// A name is empty, too long, or contains other characters than small letters and digits.
    #[error("a key's name is not one to eight small letters and digits")]
    Name,
    /// A key is shorter than [`KEY_MIN`].
    #[error("a key is shorter than 32 bytes")]
    Short,
    /// The key that is to sign is missing.
    #[error("the key that signs is not there")]
    Signs,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

impl Keyring {
    /// These keys by their names. The key named `signs` signs.
    pub fn new(keys: impl IntoIterator<Item = (String, Vec<u8>)>, signs: &str) -> Result<Self, BadKeyring> {
        let checked = keys.into_iter().map(|(name, key)| match key.len() {
            _ if !is_name(name.as_bytes()) => Err(BadKeyring::Name),
            0..KEY_MIN => Err(BadKeyring::Short),
            _ => Ok((name, hmac(&key))),
        });
        let keys: HashMap<_, _> = checked.collect::<Result<_, _>>()?;
        let key = keys.get(signs).cloned().ok_or(BadKeyring::Signs)?;
        Ok(Self { keys, signs: (signs.to_owned(), key) })
    }

    /// One key of any length, for tests.
    pub(super) fn fixed(key: &[u8]) -> Self {
        let signs = ("fixed".to_owned(), hmac(key));
        Self { keys: HashMap::from([signs.clone()]), signs }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.keys.contains_key(name)
    }

    /// The signature of `message` by the key that signs.
    pub(super) fn sign(&self, purpose: &str, message: &[u8]) -> Vec<u8> {
        let (name, key) = &self.signs;
        let mut signature = mac(key, purpose, message).finalize().into_bytes()[..MAC].to_vec();
        signature.extend_from_slice(name.as_bytes());
        signature.extend(u8::try_from(name.len()));
        signature
    }

    /// Whether the signature is right; `None` when it names an unknown key.
    pub(super) fn verify(&self, purpose: &str, message: &[u8], signature: &[u8]) -> Option<bool> {
        let key = self.keys.get(name_of(signature))?;
        Some(mac(key, purpose, message).verify_truncated_left(&signature[..MAC]).is_ok())
    }
}

/// Where the signature begins in a signed text; `None` when there is none.
pub(super) fn signature_at(sealed: &[u8]) -> Option<usize> {
    let (length, rest) = sealed.split_last()?;
    let (rest, name) = rest.split_at_checked(rest.len().checked_sub(usize::from(*length))?)?;
    is_name(name).then(|| rest.len().checked_sub(MAC))?
}

/// The key's name in a signature that begins where [`signature_at`] says.
pub(super) fn name_of(signature: &[u8]) -> &str {
    let name = signature.get(MAC..signature.len().saturating_sub(1));
    name.and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
}

fn is_name(name: &[u8]) -> bool {
    (1..=NAME_MAX).contains(&name.len()) && name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// # Panics
/// Never: HMAC takes keys of any length.
fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn mac(key: &Hmac<Sha256>, purpose: &str, message: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(&(purpose.len() as u64).to_be_bytes());
    mac.update(purpose.as_bytes());
    mac.update(message);
    mac
}
