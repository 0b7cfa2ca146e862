//! What a request presents to prove whose it is: a bearer token or a browser's cookie.

use super::{COOKIE, Token};
use http::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE as COOKIE_HEADER},
};

/// What one of the two places holds.
#[derive(Debug, Default, PartialEq, Eq)]
enum Presented {
    /// Nothing.
    #[default]
    Absent,
    /// Something that is not a token.
    Unreadable,
    /// A token. Whether it has a session is not known yet.
    Token(Token),
}

impl Presented {
    fn token(&self) -> Option<&Token> {
        if let Self::Token(token) = self { Some(token) } else { None }
    }
}

/// The credentials of a request, read once. An `Authorization` header takes precedence over the
/// cookie, even if it cannot be read.
#[derive(Debug, Default)]
pub struct Credentials {
    bearer: Presented,
    cookie: Presented,
}

impl Credentials {
    /// The credentials in the headers of a request.
    pub fn of(headers: &HeaderMap) -> Self {
        let bearer = headers.get(AUTHORIZATION).map_or(Presented::Absent, |value| {
            let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
            let token = scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().parse().ok()).flatten();
            token.map_or(Presented::Unreadable, Presented::Token)
        });
        let mut cookie = Presented::Absent;
        for value in cookies(headers) {
            match std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()) {
                Some(token) => {
                    cookie = Presented::Token(token);
                    break;
                }
                None => cookie = Presented::Unreadable,
            }
        }
        Self { bearer, cookie }
    }

    /// The token that counts.
    pub fn token(&self) -> Option<&Token> {
        if self.bearer == Presented::Absent { self.cookie.token() } else { self.bearer.token() }
    }

    /// The cookie's token, whether it counts or not.
    pub fn cookie(&self) -> Option<&Token> {
        self.cookie.token()
    }

    /// Whether the token that counts is the cookie's. A browser sends the cookie with every request
    /// to this host, whichever site caused the request.
    pub fn are_a_cookie(&self) -> bool {
        self.bearer == Presented::Absent && self.cookie.token().is_some()
    }

    /// Whether the client presents nothing but a cookie of our name that holds no token.
    pub fn are_an_unreadable_cookie(&self) -> bool {
        self.bearer == Presented::Absent && self.cookie == Presented::Unreadable
    }
}

/// The values of the cookies of our name. Cookies of other software may be in the same header or in
/// other ones, and may hold any bytes (RFC 6265, section 5.4, and the practice of browsers). They
/// are skipped.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let pairs = headers.get_all(COOKIE_HEADER).into_iter().flat_map(|header| header.as_bytes().split(|b| *b == b';'));
    pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(COOKIE.as_bytes())?.strip_prefix(b"="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{context::Cx, session::Subject, sign::Signer};
    use http::HeaderValue;
    use uuid::Uuid;

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
            assert_eq!(Credentials::of(&bearer).token(), Some(&token));
            let cookie = headers(COOKIE_HEADER, &format!("a=b; {COOKIE}={}; c=d", token.reveal()));
            assert_eq!(Credentials::of(&cookie).token(), Some(&token));
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
                    assert_eq!(Credentials::of(&headers).token(), Some(&token), "{value:?}");
                }
            }
            let mut two = HeaderMap::new();
            for part in [other, ours.as_bytes()] {
                two.append(COOKIE_HEADER, HeaderValue::from_bytes(part).unwrap());
            }
            assert_eq!(Credentials::of(&two).token(), Some(&token), "in a second header, after {other:?}");
        }
    }

    #[test]
    fn a_cookie_of_another_name_is_not_ours() {
        for name in ["session", "__Host-session2", "x__Host-session", "__host-session"] {
            let headers = headers(COOKIE_HEADER, &format!("{name}={}", token().reveal()));
            assert_eq!(Credentials::of(&headers).cookie, Presented::Absent, "{name}");
        }
        let nonsense = headers(COOKIE_HEADER, &format!("{COOKIE}=nonsense"));
        assert_eq!(Credentials::of(&nonsense).cookie, Presented::Unreadable);
    }

    #[tokio::test]
    async fn a_bad_bearer_token_does_not_fall_back_to_the_cookie() {
        let mut both = headers(COOKIE_HEADER, &format!("{COOKIE}={}", proven().await.reveal()));
        both.insert(AUTHORIZATION, HeaderValue::from_static("Bearer nonsense"));
        let both = Credentials::of(&both);
        assert_eq!(both.token(), None);
        assert!(both.cookie().is_some() && !both.are_a_cookie(), "a write by it needs no proof of its page");
    }
}
