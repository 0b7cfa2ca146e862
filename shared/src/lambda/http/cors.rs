//! Pages of other origins that may use the API (CORS): none, unless a setting names them.
//!
//! Such a page sends a bearer token. No answer allows credentials, so a browser does not send the
//! cookie, and the CDN can keep one answer for the pages of all origins.

use super::{
    Head,
    headers::{REPLY_HEADERS, REQUEST_HEADERS},
};
use crate::{
    app::{App, FromApp},
    config::ConfigError,
    edge::Response,
    env::CORS_ORIGINS,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};

/// The origins whose pages may read answers.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    origins: Vec<HeaderValue>,
}

/// The request by which a browser asks whether a page may send what no form could send.
#[derive(Debug)]
pub struct Preflight {
    origin: HeaderValue,
}

impl Preflight {
    /// The preflight that a request is; `None` when it is none.
    pub fn of(head: &Head) -> Option<Self> {
        let asks = head.method == Method::OPTIONS && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let origin = head.headers.get(ORIGIN).filter(|_| asks)?;
        Some(Self { origin: origin.clone() })
    }
}

impl Cors {
    /// The origins that `text` lists. A wildcard is refused: an API that is open to every page
    /// opens the CDN instead.
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let wrong = |origin: &str| {
            ConfigError::new(CORS_ORIGINS, format!("{origin:?} is no origin, such as https://app.example"))
        };
        let origin = |origin: &str| {
            let uri: http::Uri = origin.parse().map_err(|_| wrong(origin))?;
            let bare = matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.authority().is_some_and(|a| origin.ends_with(a.as_str()));
            HeaderValue::from_str(origin).ok().filter(|_| bare).ok_or_else(|| wrong(origin))
        };
        let all = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        Ok(Self { origins: all.map(origin).collect::<Result<_, _>>()? })
    }

    pub(super) fn from_vars(vars: &crate::config::Vars) -> Result<Self, ConfigError> {
        Self::parse(&vars.optional(CORS_ORIGINS).unwrap_or_default())
    }

    /// The headers that answer a preflight, for a path that has these methods; none for an origin
    /// that is not listed.
    pub fn allow(&self, asked: &Preflight, methods: &str) -> Vec<(HeaderName, HeaderValue)> {
        if !self.origins.contains(&asked.origin) {
            return Vec::new();
        }
        let methods = HeaderValue::from_str(methods).into_iter().map(|methods| (ACCESS_CONTROL_ALLOW_METHODS, methods));
        let fixed = [
            (ACCESS_CONTROL_ALLOW_HEADERS, list(REQUEST_HEADERS)),
            (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
        ];
        methods.chain(fixed).collect()
    }

    /// Lets the pages of a listed origin read the answer. An answer that the CDN may keep is the
    /// same for the pages of all origins, and so are its headers.
    pub(super) fn stamp(&self, asked_by: Option<&HeaderValue>, shared: bool, response: &mut Response) {
        if self.origins.is_empty() {
            return;
        }
        let headers: &mut HeaderMap = response.headers_mut();
        let origin = if shared {
            HeaderValue::from_static("*")
        } else {
            headers.append(VARY, HeaderValue::from_name(ORIGIN));
            let Some(origin) = asked_by.filter(|origin| self.origins.contains(origin)) else { return };
            origin.clone()
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = REPLY_HEADERS.iter().filter(|header| header.exposed).map(|header| header.name);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, list(exposed));
    }
}

/// Names as the value of a header.
fn list(names: impl IntoIterator<Item = &'static str>) -> HeaderValue {
    let names: Vec<_> = names.into_iter().map(str::to_ascii_lowercase).collect();
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

impl FromApp for Cors {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Self::from_vars(app.vars())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const APP: &str = "https://app.example";
    const EVIL: &str = "https://evil.example";

    fn stamped(origins: &str, asked_by: Option<&'static str>, shared: bool) -> Option<String> {
        let mut response = Response::new(Bytes::new());
        let asked_by = asked_by.map(HeaderValue::from_static);
        Cors::parse(origins).unwrap().stamp(asked_by.as_ref(), shared, &mut response);
        assert!(!response.headers().contains_key("access-control-allow-credentials"));
        response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn it_is_closed_unless_it_is_opened() {
        assert_eq!(stamped("", Some(APP), false), None);
        assert_eq!(stamped("", Some(APP), true), None);
    }

    #[test]
    fn a_listed_origin_reads_and_no_other() {
        let listed = "https://admin.example, https://app.example";
        assert_eq!(stamped(listed, Some(APP), false).as_deref(), Some(APP));
        assert_eq!(stamped(listed, Some(EVIL), false), None);
        assert_eq!(stamped(listed, None, false), None);
        assert_eq!(stamped(listed, Some(EVIL), true).as_deref(), Some("*"), "what the CDN keeps is everyone's");
    }

    #[test]
    fn a_preflight_is_answered_for_a_listed_origin() {
        let cors = Cors::parse("https://app.example").unwrap();
        let asked = |origin| Preflight { origin: HeaderValue::from_static(origin) };
        let allowed = cors.allow(&asked(APP), "GET, PATCH");
        assert_eq!(allowed[0], (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, PATCH")));
        assert!(cors.allow(&asked(EVIL), "GET").is_empty());
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in ["*", "null", "app.example", "https://app.example/", "https://app.example/x", "ftp://app.example"] {
            assert!(Cors::parse(text).is_err(), "{text}");
        }
    }
}
