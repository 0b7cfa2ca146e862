//! The token that a client holds: the person, a secret, and a proof that we issued both.
//!
//! The secret alone opens the session. The proof is a signature over person and secret. Checking it
//! costs a microsecond, so a made-up token costs no call.
//!
//! A token has no proof if the release before this one made it, or if the signing key could not be
//! read at that moment. Such a token is looked up, and it works until its session ends, after
//! [`LIFETIME`](super::LIFETIME) at most. A later release may refuse it.

use crate::{
    context::Cx,
    sign::{NoKey, Signer, sha256_hex},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderValue;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The name of the session's cookie. Because of `__Host-`, browsers accept it only over HTTPS, for
/// this host and every path (RFC 6265bis).
pub const COOKIE: &str = "__Host-session";
const SECRET: usize = 32;
/// How many characters the secret takes.
const SECRET_TEXT: usize = 43;
/// The most characters that a proof takes; see [`Signer::tag`].
const PROOF_MAX: usize = 34;
const PURPOSE: &str = "session token 1";

/// The person that a session belongs to: the id of an account, whatever the product calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(pub Uuid);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A subject, a 256-bit secret, and the proof. Its `Debug` shows neither secret nor proof.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    subject: Subject,
    secret: [u8; SECRET],
    /// Empty when there is no proof.
    proof: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}.…)", self.subject)
    }
}

impl Token {
    /// A new token for `subject`, without a proof; `None` when the system gives no random bytes.
    pub fn generate(subject: Subject) -> Option<Self> {
        let mut secret = [0; SECRET];
        getrandom::fill(&mut secret).ok()?;
        Some(Self { subject, secret, proof: String::new() })
    }

    /// The same token with its proof.
    pub async fn proven(self, cx: &Cx, signer: &Signer) -> Result<Self, NoKey> {
        let proof = signer.tag(cx, PURPOSE, &self.message()).await?;
        Ok(Self { proof, ..self })
    }

    /// Whether we may have issued it. That is `true` of a token without a proof: it must be looked
    /// up.
    pub(super) async fn may_be_ours(&self, cx: &Cx, signer: &Signer) -> Result<bool, NoKey> {
        if !self.has_proof() {
            return Ok(true);
        }
        signer.check(cx, PURPOSE, &self.message(), &self.proof).await
    }

    /// Whether it has a proof, right or wrong.
    pub(super) fn has_proof(&self) -> bool {
        !self.proof.is_empty()
    }

    fn message(&self) -> Vec<u8> {
        [self.subject.0.as_bytes(), &self.secret[..]].concat()
    }

    /// The person that it claims to belong to.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// SHA-256 of the secret in hexadecimal, which the table stores.
    pub fn digest(&self) -> String {
        sha256_hex(&self.secret)
    }

    /// The text that the client keeps: at most 114 characters.
    pub fn reveal(&self) -> String {
        format!("{}.{}{}", self.subject, URL_SAFE_NO_PAD.encode(self.secret), self.proof)
    }

    /// `Set-Cookie` for a browser. Scripts cannot read the cookie, and requests that other sites
    /// cause do not carry it, apart from following a link.
    pub fn set_cookie(&self, max_age_secs: u64) -> Option<HeaderValue> {
        cookie(&self.reveal(), max_age_secs)
    }

    /// `Set-Cookie` that removes the cookie.
    pub fn clear_cookie() -> Option<HeaderValue> {
        cookie("", 0)
    }
}

fn cookie(value: &str, max_age_secs: u64) -> Option<HeaderValue> {
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={max_age_secs}; HttpOnly; Secure; SameSite=Lax");
    HeaderValue::from_str(&cookie).ok()
}

/// The text is not a token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a session token")]
pub struct NotAToken;

impl FromStr for Token {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let (subject, rest) = text.split_once('.').ok_or(NotAToken)?;
        let (secret, proof) = rest.split_at_checked(SECRET_TEXT).ok_or(NotAToken)?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok().and_then(|s| s.try_into().ok()).ok_or(NotAToken)?;
        if proof.len() > PROOF_MAX || !proof.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Err(NotAToken);
        }
        // There is one spelling only, the one that `reveal` writes.
        let uuid = Uuid::try_parse(subject).ok().filter(|u| u.to_string() == subject).ok_or(NotAToken)?;
        Ok(Self { subject: Subject(uuid), secret, proof: proof.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token::generate(Subject(Uuid::nil())).unwrap()
    }

    async fn proven() -> Token {
        token().proven(&Cx::detached(), &Signer::new(b"key")).await.unwrap()
    }

    #[test]
    fn a_truncated_or_respelt_token_is_none() {
        let text = token().reveal();
        assert!(text[..text.len() - 1].parse::<Token>().is_err());
        assert!(text.replacen("00000000-", "00000000", 1).parse::<Token>().is_err());
        for tail in ["é", "=", ".", " ", &"A".repeat(PROOF_MAX + 1)] {
            assert!(format!("{text}{tail}").parse::<Token>().is_err(), "{tail}");
        }
        assert!(!format!("{:?}", token()).contains(&text[37..]));
    }

    #[tokio::test]
    async fn the_proof_of_one_token_is_none_of_another() {
        let (cx, signer, token) = (Cx::detached(), Signer::new(b"key"), proven().await);
        assert!(token.reveal().len() <= 114 && token.may_be_ours(&cx, &signer).await.unwrap());
        let other_secret = Token { proof: token.proof.clone(), ..super::tests::token() };
        let other_subject = Token { subject: Subject(Uuid::max()), ..token.clone() };
        let made_up = Token { proof: "A".repeat(token.proof.len()), ..token.clone() };
        for forged in [other_secret, other_subject, made_up] {
            assert!(!forged.may_be_ours(&cx, &signer).await.unwrap(), "{forged:?}");
        }
        assert!(super::tests::token().may_be_ours(&cx, &signer).await.unwrap(), "of the release before");
    }
}
