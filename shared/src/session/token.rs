//! The token that a client holds.

use crate::sign::sha256_hex;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, COOKIE},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// `__Host-`: the browser takes it only over HTTPS, for this host alone, for every path (RFC 6265bis).
const COOKIE_NAME: &str = "__Host-session";
const SECRET: usize = 32;

/// Whom a session belongs to: the id of an account, whatever the product calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(pub Uuid);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A subject and a 256-bit secret. Its `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    subject: Subject,
    secret: [u8; SECRET],
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}.…)", self.subject)
    }
}

impl Token {
    /// A new token for `subject`; `None` when the system has no randomness to give.
    pub fn generate(subject: Subject) -> Option<Self> {
        let mut secret = [0; SECRET];
        getrandom::fill(&mut secret).ok()?;
        Some(Self { subject, secret })
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
        headers.get_all(COOKIE).iter().find_map(from_cookies)
    }

    /// Whom it speaks for, if a session agrees.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// What the table stores in the secret's place, in hexadecimal.
    pub fn digest(&self) -> String {
        sha256_hex(&self.secret)
    }

    /// The text that the client keeps.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.subject, URL_SAFE_NO_PAD.encode(self.secret))
    }

    /// `Set-Cookie` for a browser: out of reach of scripts, and not sent along when another site posts.
    pub fn set_cookie(&self, max_age_secs: u64) -> Option<HeaderValue> {
        let value = self.reveal();
        let cookie = format!("{COOKIE_NAME}={value}; Path=/; Max-Age={max_age_secs}; HttpOnly; Secure; SameSite=Lax");
        HeaderValue::from_str(&cookie).ok()
    }

    /// `Set-Cookie` that removes the cookie.
    pub fn clear_cookie() -> HeaderValue {
        HeaderValue::from_static("__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax")
    }
}

fn from_cookies(header: &HeaderValue) -> Option<Token> {
    let pairs = header.to_str().ok()?.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE_NAME).find_map(|(_, value)| value.parse().ok())
}

/// The text is not a token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a session token")]
pub struct NotAToken;

impl FromStr for Token {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let (subject, secret) = text.split_once('.').ok_or(NotAToken)?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok().and_then(|s| s.try_into().ok()).ok_or(NotAToken)?;
        // One spelling only: the hyphenated lower-case form that `reveal` writes.
        let uuid = Uuid::try_parse(subject).ok().filter(|u| u.to_string() == subject).ok_or(NotAToken)?;
        Ok(Self { subject: Subject(uuid), secret })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token::generate(Subject(Uuid::nil())).unwrap()
    }

    fn headers(name: http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_token_comes_back_from_either_header() {
        let token = token();
        let bearer = headers(AUTHORIZATION, &format!("bearer {}", token.reveal()));
        assert_eq!(Token::from_headers(&bearer), Some(token.clone()));
        let cookie = headers(COOKIE, &format!("a=b; __Host-session={}; c=d", token.reveal()));
        assert_eq!(Token::from_headers(&cookie), Some(token));
    }

    #[test]
    fn a_bad_bearer_token_does_not_fall_back_to_the_cookie() {
        let mut both = headers(COOKIE, &format!("__Host-session={}", token().reveal()));
        both.insert(AUTHORIZATION, HeaderValue::from_static("Bearer nonsense"));
        assert_eq!(Token::from_headers(&both), None);
    }

    #[test]
    fn a_truncated_or_respelt_token_is_none() {
        let text = token().reveal();
        assert!(text[..text.len() - 1].parse::<Token>().is_err());
        assert!(format!("{text}A").parse::<Token>().is_err());
        assert!(text.replacen("00000000-", "00000000", 1).parse::<Token>().is_err());
        assert!(!format!("{:?}", token()).contains(&text[37..]));
    }
}
