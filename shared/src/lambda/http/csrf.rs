//! Requests that another site makes a browser send (CSRF).
//!
//! A browser adds the session's cookie to a request, whichever page caused it. `SameSite=Lax` stops
//! most such requests. For the rest (a page on a sibling domain, an old browser), a write by cookie
//! must prove that a page of this site sent it. A bearer token is proof enough: another site cannot
//! read it.

use super::{Head, Problem};
use crate::{
    app::{App, FromApp},
    config::ConfigError,
    env::SITE_URL,
};
use http::Method;

/// Tells requests of this site's pages from those of other pages.
#[derive(Debug, Clone)]
pub struct SameOrigin {
    /// `https://shop.example`; without it only `Sec-Fetch-Site` proves anything.
    origin: Option<String>,
}

impl FromApp for SameOrigin {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let site = app.vars().optional(SITE_URL);
        Ok(Self { origin: site.as_deref().map(origin_of).transpose()? })
    }
}

/// Scheme, host and port as a browser writes them into `Origin` (RFC 6454): in lower case, and
/// without the scheme's default port.
fn origin_of(site: &str) -> Result<String, ConfigError> {
    let wrong = || ConfigError::new(SITE_URL, "is not the address of a site, such as https://shop.example");
    let uri: http::Uri = site.parse().map_err(|_| wrong())?;
    let (scheme, authority) = (uri.scheme_str().ok_or_else(wrong)?, uri.authority().ok_or_else(wrong)?);
    let host = authority.host().to_ascii_lowercase();
    Ok(match (scheme, authority.port_u16()) {
        ("http", Some(80) | None) | ("https", Some(443) | None) => format!("{scheme}://{host}"),
        (_, Some(port)) => format!("{scheme}://{host}:{port}"),
        _ => return Err(wrong()),
    })
}

impl SameOrigin {
    /// Refuses a write by cookie without a proof that a page of this origin sent it. The proof is
    /// `Sec-Fetch-Site` (Fetch Metadata), which no page can set, or `Origin` from an older browser.
    pub(super) fn check(&self, head: &Head) -> Result<(), Problem> {
        let reads = matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if reads || !head.credentials.are_a_cookie() || self.proves(head) { Ok(()) } else { Err(Problem::cross_site()) }
    }

    fn proves(&self, head: &Head) -> bool {
        let one = |name: &str| {
            let mut values = head.headers.get_all(name).iter();
            (values.next(), values.next())
        };
        match (one("sec-fetch-site"), one("origin")) {
            ((Some(site), None), _) => site.as_bytes() == b"same-origin",
            ((None, _), (Some(origin), None)) => {
                self.origin.as_deref().is_some_and(|own| own.as_bytes() == origin.as_bytes())
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Subject, Token};
    use http::{HeaderMap, HeaderName};

    fn refused(method: &Method, headers: &[(&'static str, &str)]) -> bool {
        let own = SameOrigin { origin: Some(origin_of("https://Shop.example:443/").unwrap()) };
        let token = Token::generate(Subject(uuid::Uuid::nil())).unwrap().reveal();
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            let value = value.replace("TOKEN", &token);
            all.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        let head = Head::parse(method.clone(), &"/x".parse().unwrap(), all, "/x").unwrap();
        own.check(&head).is_err()
    }

    const COOKIE: (&str, &str) = ("cookie", "__Host-session=TOKEN");

    #[test]
    fn a_write_by_cookie_needs_a_proof() {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert!(refused(&method, &[COOKIE]));
            assert!(!refused(&method, &[COOKIE, ("sec-fetch-site", "same-origin")]));
            assert!(!refused(&method, &[COOKIE, ("origin", "https://shop.example")]));
            assert!(!refused(&method, &[]), "nobody's");
        }
        assert!(!refused(&Method::GET, &[COOKIE, ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn other_sites_prove_nothing() {
        for site in ["cross-site", "same-site", "none", "", "same-origin, same-origin", "Same-Origin"] {
            assert!(
                refused(&Method::POST, &[COOKIE, ("sec-fetch-site", site), ("origin", "https://shop.example")]),
                "{site}"
            );
        }
        for origin in [
            "https://evil.example",
            "null",
            "http://shop.example",
            "https://shop.example:8443",
            "https://shop.example.evil",
        ] {
            assert!(refused(&Method::POST, &[COOKIE, ("origin", origin)]), "{origin}");
        }
        let twice = [COOKIE, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert!(refused(&Method::POST, &twice));
        assert!(refused(
            &Method::POST,
            &[COOKIE, ("origin", "https://shop.example"), ("origin", "https://evil.example")]
        ));
    }

    #[test]
    fn a_bearer_token_is_proof_enough() {
        assert!(!refused(
            &Method::POST,
            &[COOKIE, ("authorization", "Bearer TOKEN"), ("sec-fetch-site", "cross-site")]
        ));
    }

    #[test]
    fn without_a_site_only_fetch_metadata_counts() {
        for wrong in ["shop.example", "/shop", "ftp://shop.example"] {
            assert!(origin_of(wrong).is_err(), "{wrong}");
        }
        assert_eq!(origin_of("http://127.0.0.1:8080").unwrap(), "http://127.0.0.1:8080");
    }
}
