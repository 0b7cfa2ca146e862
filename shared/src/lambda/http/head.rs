//! The head of a request, parsed once.

use crate::session::Credentials;
use http::{HeaderMap, Method, Uri};

/// Method, path, query and headers.
#[derive(Debug)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The raw path, percent-encoding and all.
    pub path: String,
    /// The raw query string, without `?`; empty when there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The session token that the headers carry.
    pub credentials: Credentials,
    params: Vec<(&'static str, String)>,
}

impl Head {
    /// A head whose path fits `pattern` (`/api/users/{id}`); `None` when it does not fit. The pattern
    /// `*` fits every path.
    pub fn parse(method: Method, uri: &Uri, headers: HeaderMap, pattern: &'static str) -> Option<Self> {
        let params = if pattern == "*" { Vec::new() } else { match_path(pattern, uri.path())? };
        let query = uri.query().unwrap_or_default().to_owned();
        let credentials = Credentials::of(&headers);
        Some(Self { method, path: uri.path().to_owned(), query, headers, credentials, params })
    }

    /// Whether the path fits another pattern.
    pub fn matches(&self, pattern: &'static str) -> bool {
        match_path(pattern, &self.path).is_some()
    }

    /// The path's parameters, in its order: name and raw value.
    pub fn params(&self) -> &[(&'static str, String)] {
        &self.params
    }

    /// A header's first value, if it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

/// The parameters of `path` under `pattern`, or `None` when it does not fit.
fn match_path(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut params = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(w), Some(g)) => match w.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) if !g.is_empty() => params.push((name, g.to_owned())),
                None if w == g => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_whole_segments_only() {
        let fits = |path| match_path("/api/users/{id}", path);
        assert_eq!(fits("/api/users/7"), Some(vec![("id", "7".to_owned())]));
        for path in ["/api/users", "/api/users/", "/api/users/7/", "/api/users/7/x", "/API/users/7", "api/users/7"] {
            assert_eq!(fits(path), None, "{path}");
        }
    }
}
