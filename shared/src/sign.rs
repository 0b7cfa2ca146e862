//! One signer for everything that is handed to a client and must come back unchanged: cursors and tokens.
//!
//! HMAC-SHA256 (RFC 2104) over a purpose and the message, so that what was signed as a cursor is refused as a token. The
//! key is a SecureString in SSM Parameter Store, read once at init; tests hand in their own.

use crate::config::{ConfigError, Vars};
use aws_config::{SdkConfig, retry::RetryConfig};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use std::{sync::Arc, time::Duration};

/// The variable that names the parameter which holds the key: base64 of at least 32 random bytes.
pub const PARAMETER: &str = "SIGNING_KEY_PARAMETER";

const TAG: usize = 16;

/// Signs and verifies. Cheap to clone; its `Debug` shows no key.
#[derive(Clone)]
pub struct Signer(Arc<Hmac<Sha256>>);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A signer with this key.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub fn new(key: &[u8]) -> Self {
        Self(Arc::new(Hmac::new_from_slice(key).expect("HMAC takes keys of any length")))
    }

    /// Reads the key from the parameter that [`PARAMETER`] names. Parameter Store answers 40 of these a second unless the account
    /// turned on higher throughput, and a spike starts more environments than that: so it is patient, for most of an init's ten
    /// seconds ("AWS Systems Manager endpoints and quotas").
    pub async fn from_parameter(sdk: &SdkConfig, vars: &Vars) -> Result<Self, ConfigError> {
        let name = vars.required(PARAMETER)?;
        let wrong = |problem: String| ConfigError::new(PARAMETER, problem);
        let patient = RetryConfig::standard().with_max_attempts(12).with_max_backoff(Duration::from_secs(1));
        let config = aws_sdk_ssm::config::Builder::from(sdk).retry_config(patient).build();
        let answer =
            aws_sdk_ssm::Client::from_conf(config).get_parameter().name(&name).with_decryption(true).send().await;
        let answer = answer.map_err(|e| wrong(format!("cannot read {name}: {}", e.into_service_error())))?;
        let value = answer.parameter.and_then(|p| p.value).ok_or_else(|| wrong(format!("{name} has no value")))?;
        let key = STANDARD.decode(value.trim()).map_err(|_| wrong(format!("{name} is not base64")))?;
        if key.len() < 32 {
            return Err(wrong(format!("{name} is shorter than 32 bytes")));
        }
        Ok(Self::new(&key))
    }

    /// `message` and its signature as text that is safe in a URL. The message is readable by whoever holds it.
    pub fn seal(&self, purpose: &str, message: &[u8]) -> String {
        let mut sealed = message.to_vec();
        sealed.extend_from_slice(&self.mac(purpose, message).finalize().into_bytes()[..TAG]);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The message of a text that [`seal`](Self::seal) made for the same purpose; `None` for anything else.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let mut message = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let tag = message.split_off(message.len().checked_sub(TAG)?);
        self.mac(purpose, &message).verify_truncated_left(&tag).ok()?;
        Some(message)
    }

    fn mac(&self, purpose: &str, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = (*self.0).clone();
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(message);
        mac
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
mod tests {
    use super::*;

    #[test]
    fn a_sealed_message_opens_for_its_purpose_and_key_only() {
        let signer = Signer::new(b"key");
        let sealed = signer.seal("cursor", b"page 2");
        assert_eq!(signer.open("cursor", &sealed).as_deref(), Some(&b"page 2"[..]));
        assert_eq!(signer.open("token", &sealed), None);
        assert_eq!(Signer::new(b"other").open("cursor", &sealed), None);
    }

    #[test]
    fn the_hash_is_the_standards() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn no_change_of_one_character_passes() {
        let signer = Signer::new(b"key");
        let sealed = signer.seal("cursor", b"page 2");
        for at in 0..sealed.len() {
            let mut other = sealed.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(signer.open("cursor", std::str::from_utf8(&other).unwrap()), None, "position {at}");
        }
        assert_eq!(signer.open("cursor", ""), None);
        assert_eq!(signer.open("cursor", "é"), None);
    }
}
