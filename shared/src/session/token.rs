//! The token that a client holds: whose session it is, a secret, and a proof that we made both.
//!
//! The secret alone opens the session. The proof is a signature over subject and secret. It costs a
//! microsecond to check, so that a token that somebody made up costs no call.
//!
//! A token of the release before this one has no proof, nor has one that was made while the signing
//! key could not be read. Such a token is looked up, and works until its session ends: for
//! [`LIFETIME`](super::LIFETIME) at most. A release that comes later than that may refuse what has no
//! proof.

use crate::{
    context::Cx,
    sign::{NoKey, Signer, sha256_hex},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, COOKIE as COOKIE_HEADER},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The name of the session's cookie. `__Host-`: the browser takes it only over HTTPS, for this host
/// alone, for every path (RFC 6265bis).
pub const COOKIE: &str = "__Host-session";
const SECRET: usize = 32;
/// The characters that a secret takes.
const SECRET_TEXT: usize = 43;
/// The most characters that a proof takes; see [`Signer::tag`].
const PROOF_MAX: usize = 34;
const PURPOSE: &str = "session token 1";

/// Whom a session belongs to: the id of an account, whatever the product calls it.
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
    /// Empty when there is none.
    proof: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}.…)", self.subject)
    }
}

impl Token {
    /// A new token for `subject`, without a proof; `None` when the system has no randomness to
    /// give.
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

    /// Whether its proof is right. One without a proof may be of the release before, so it is
    /// `true` of that too: it must be looked up.
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

    /// From `Authorization: Bearer` or, when there is none, from the cookie.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        match headers.get(AUTHORIZATION) {
            Some(value) => {
                let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
                scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().parse().ok())?
            }
            None => Self::from_cookie(headers),
        }
    }

    /// From the cookie, which a browser sends along with whatever any site makes it ask for.
    pub fn from_cookie(headers: &HeaderMap) -> Option<Self> {
        cookies(headers).find_map(|value| std::str::from_utf8(value).ok()?.parse().ok())
    }

    /// Whether the client has a cookie of our name, whatever is in it.
    pub fn has_cookie(headers: &HeaderMap) -> bool {
        cookies(headers).next().is_some()
    }

    /// Whom it speaks for, if a session agrees.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// What the table stores in the secret's place, in hexadecimal.
    pub fn digest(&self) -> String {
        sha256_hex(&self.secret)
    }

    /// The text that the client keeps: at most 114 characters.
    pub fn reveal(&self) -> String {
        format!("{}.{}{}", self.subject, URL_SAFE_NO_PAD.encode(self.secret), self.proof)
    }

    /// `Set-Cookie` for a browser: out of reach of scripts, and not sent along when another site posts.
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

/// The values of the cookies of our name. Other software's cookies stand beside ours, in one header
/// or in several, and may hold any bytes (RFC 6265, section 5.4, and what browsers do): they are
/// skipped unread.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let pairs = headers.get_all(COOKIE_HEADER).into_iter().flat_map(|header| header.as_bytes().split(|b| *b == b';'));
    pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"="))
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
        // One spelling only: the hyphenated lower-case form that `reveal` writes.
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

    fn headers(name: http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[tokio::test]
    async fn a_token_comes_back_from_either_header() {
        for token in [token(), proven().await] {
            let bearer = headers(AUTHORIZATION, &format!("bearer {}", token.reveal()));
            assert_eq!(Token::from_headers(&bearer), Some(token.clone()));
            let cookie = headers(COOKIE_HEADER, &format!("a=b; {COOKIE}={}; c=d", token.reveal()));
            assert_eq!(Token::from_headers(&cookie), Some(token));
        }
    }

    #[tokio::test]
    async fn other_softwares_cookies_hide_ours_in_no_bytes_and_no_place() {
        let token = proven().await;
        let ours = format!("{COOKIE}={}", token.reveal());
        let beside: [&[u8]; 9] = [
            "city=Zürich".as_bytes(),
            b"city=Z\xfcrich",
            b"Z\xfcrich=1",
            "名=値".as_bytes(),
            b"\xff\xfe",
            b"",
            b"=",
            b"a=\"b c\"",
            b"session=no",
        ];
        let join = |parts: &[&[u8]], with: &[u8]| HeaderValue::from_bytes(&parts.join(with)).unwrap();
        for other in beside {
            for with in [&b"; "[..], b";", b" ;\t"] {
                for value in [join(&[other, ours.as_bytes()], with), join(&[ours.as_bytes(), other], with)] {
                    let headers = HeaderMap::from_iter([(COOKIE_HEADER, value.clone())]);
                    assert_eq!(Token::from_headers(&headers).as_ref(), Some(&token), "{value:?}");
                    assert!(Token::has_cookie(&headers));
                }
            }
            let mut two = HeaderMap::new();
            for part in [other, ours.as_bytes()] {
                two.append(COOKIE_HEADER, HeaderValue::from_bytes(part).unwrap());
            }
            assert_eq!(Token::from_headers(&two).as_ref(), Some(&token), "in a second header, after {other:?}");
        }
    }

    #[test]
    fn a_cookie_of_another_name_is_not_ours() {
        for name in ["session", "__Host-session2", "x__Host-session", "__host-session"] {
            let headers = headers(COOKIE_HEADER, &format!("{name}={}", token().reveal()));
            assert!(Token::from_headers(&headers).is_none() && !Token::has_cookie(&headers), "{name}");
        }
        assert!(Token::has_cookie(&headers(COOKIE_HEADER, &format!("{COOKIE}=nonsense"))));
    }

    #[tokio::test]
    async fn a_bad_bearer_token_does_not_fall_back_to_the_cookie() {
        let mut both = headers(COOKIE_HEADER, &format!("{COOKIE}={}", proven().await.reveal()));
        both.insert(AUTHORIZATION, HeaderValue::from_static("Bearer nonsense"));
        assert_eq!(Token::from_headers(&both), None);
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
