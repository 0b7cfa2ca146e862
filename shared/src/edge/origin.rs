//! Whether a request came through the CDN, and from which address.
//!
//! The CDN proves itself with the origin's secret. It overwrites what a client sent as the viewer's
//! address, so that address counts only together with the secret. Without it, the address is the
//! one that the gateway saw. Nothing that a client writes itself counts.

use crate::{
    config::{ConfigError, Vars},
    env::ORIGIN_SECRET,
    sign::sha256_hex,
};
use http::HeaderMap;
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

/// Where the CDN puts its secret, and where the viewer's address.
const SECRET_HEADER: &str = "x-origin-secret";
const ADDRESS_HEADER: &str = "x-viewer-address";
/// Shorter ones can be guessed.
const SECRET_MIN: usize = 16;

/// The CDN in front of the API: how it is known.
#[derive(Clone, Default)]
pub struct OriginAuth {
    /// SHA-256 of each valid secret: of one length, and no secret in memory.
    secrets: Vec<String>,
}

impl OriginAuth {
    /// As [`ORIGIN_SECRET`] says.
    pub fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        let text = vars.optional(ORIGIN_SECRET).unwrap_or_default();
        let secrets: Vec<&str> = text.split(',').map(str::trim).filter(|secret| !secret.is_empty()).collect();
        if secrets.len() > 2 || secrets.iter().any(|secret| secret.len() < SECRET_MIN) {
            return Err(ConfigError::new(ORIGIN_SECRET, "takes one secret or two, of 16 characters or more"));
        }
        Ok(Self { secrets: secrets.into_iter().map(|secret| sha256_hex(secret.as_bytes())).collect() })
    }

    /// Whether a secret is configured: then what does not carry it came past the CDN.
    pub fn is_known(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Whether a request carries a valid secret. Takes the same time whatever it carries.
    pub fn sent(&self, headers: &HeaderMap) -> bool {
        let Some(given) = headers.get(SECRET_HEADER) else { return false };
        let given = sha256_hex(given.as_bytes());
        let differs = |secret: &String| secret.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) != 0;
        // Each is compared, and each to its end.
        self.secrets.iter().fold(false, |found, secret| found | !differs(secret))
    }

    /// The viewer's address, as the CDN tells it; `None` for a request that did not come through
    /// the CDN.
    ///
    /// # Errors
    /// When the CDN sends no address that can be read. The address that the gateway saw is the
    /// CDN's, and all viewers then count as one client: report it.
    pub fn viewer(&self, headers: &HeaderMap) -> Result<Option<IpAddr>, NoViewer> {
        if !self.sent(headers) {
            return Ok(None);
        }
        let mut told = headers.get_all(ADDRESS_HEADER).iter();
        match (told.next(), told.next()) {
            (None, _) => Err(NoViewer::Missing),
            (Some(one), None) => one.to_str().ok().and_then(address).map(Some).ok_or(NoViewer::Unreadable),
            _ => Err(NoViewer::Unreadable),
        }
    }
}

/// Why a request that came through the CDN has no viewer's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoViewer {
    /// The CDN sends none.
    #[error("missing")]
    Missing,
    /// It is no address, or a list of them.
    #[error("unreadable")]
    Unreadable,
}

/// An address, alone or with a port: CloudFront's own header has one (`CloudFront-Viewer-Address`,
/// "Add CloudFront request headers", CloudFront Developer Guide). An IPv6 address may stand in
/// brackets. Without them, text that is an address as a whole has no port; of other text the last
/// colon begins the port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Some(bare) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return bare.parse().ok().map(IpAddr::V6);
    }
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    let bare_with_port = || {
        let (address, port) = text.rsplit_once(':')?;
        port.parse::<u16>().ok().and_then(|_| address.parse().ok()).map(IpAddr::V6)
    };
    text.parse().ok().or_else(with_port).or_else(bare_with_port)
}

impl fmt::Debug for OriginAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OriginAuth({} secrets)", self.secrets.len())
    }
}

/// An address as far as it tells clients apart: an IPv4 address, or the first 64 bits of an IPv6
/// address, of which one client has all the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(Option<IpAddr>);

impl Network {
    /// The network of `address`. What has none is one network.
    pub fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            v4 @ IpAddr::V4(_) => v4,
        }))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "the old secret of 25 chars";
    const NEW: &str = "the new secret of 25 chars";

    fn auth(secrets: &str) -> OriginAuth {
        OriginAuth::from_vars(&Vars::from_pairs([(ORIGIN_SECRET.name, secrets)])).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn network(edge: &OriginAuth, pairs: &[(&'static str, &str)]) -> String {
        let peer = "198.51.100.9".parse().unwrap();
        Network::of(edge.viewer(&headers(pairs)).ok().flatten().or(Some(peer))).to_string()
    }

    #[test]
    fn the_edge_is_believed_with_either_secret_and_nobody_without() {
        let edge = auth(&format!("{OLD}, {NEW}"));
        for secret in [OLD, NEW] {
            let sent = [("x-origin-secret", secret), ("x-viewer-address", "203.0.113.7")];
            assert_eq!(network(&edge, &sent), "203.0.113.7");
        }
        for secret in ["", "the old secret of 25 charz", &OLD[..25], &format!("{OLD}, {NEW}")] {
            let sent = [("x-origin-secret", secret), ("x-viewer-address", "203.0.113.7")];
            assert_eq!(network(&edge, &sent), "198.51.100.9", "{secret:?}");
        }
    }

    #[test]
    fn what_a_client_writes_itself_changes_nothing() {
        let edge = auth(OLD);
        let mut seen = std::collections::HashSet::new();
        for n in 0..50 {
            let address = format!("203.0.113.{n}");
            for name in
                ["x-forwarded-for", "x-client-id", "x-real-ip", "forwarded", "x-viewer-address", "true-client-ip"]
            {
                seen.insert(network(&edge, &[(name, &address)]));
                seen.insert(network(
                    &edge,
                    &[("x-origin-secret", OLD), ("x-viewer-address", "203.0.113.7"), (name, &address)]
                        [..2 + usize::from(name != "x-viewer-address")],
                ));
            }
        }
        assert_eq!(seen.len(), 2, "the gateway's and the edge's: {seen:?}");
        assert_eq!(network(&OriginAuth::default(), &[("x-viewer-address", "203.0.113.7")]), "198.51.100.9");
    }

    #[test]
    fn a_viewers_address_may_have_a_port_and_what_cannot_be_read_is_told() {
        let edge = auth(OLD);
        let viewer = |text: &str| edge.viewer(&headers(&[("x-origin-secret", OLD), ("x-viewer-address", text)]));
        for (text, address) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7 ", "203.0.113.7"),
            ("203.0.113.7:46532", "203.0.113.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:46532", "2001:db8::7"),
            ("2001:db8::7:46532", "2001:db8::7"),
            ("2001:db8:1:2:3:4:5:6:80", "2001:db8:1:2:3:4:5:6"),
        ] {
            assert_eq!(viewer(text), Ok(Some(address.parse().unwrap())), "{text}");
        }
        for text in [
            "",
            "-",
            "unknown",
            "203.0.113.7, 198.51.100.1",
            "203.0.113.7,203.0.113.7",
            "203.0.113.7:",
            "203.0.113.7:x",
            "203.0.113.7:99999",
            "[203.0.113.7]",
            "[2001:db8::7",
            "[2001:db8::7]:",
            "203.0.113",
            "0x7f.1",
            "localhost:80",
        ] {
            assert_eq!(viewer(text), Err(NoViewer::Unreadable), "{text}");
        }
        assert_eq!(edge.viewer(&headers(&[("x-origin-secret", OLD)])), Err(NoViewer::Missing));
        assert_eq!(edge.viewer(&headers(&[("x-viewer-address", "x")])), Ok(None), "not the CDN's word");
    }

    #[test]
    fn one_client_has_one_network() {
        let name = |text: &str| Network::of(Some(text.parse().unwrap())).to_string();
        assert_eq!(name("2001:db8:1:2:3:4:5:6"), name("2001:DB8:1:2:ffff::1"));
        assert_ne!(name("2001:db8:1:2::1"), name("2001:db8:1:3::1"));
        assert_eq!(name("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(Network::of(None).to_string(), "-");
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_refused_without_being_shown() {
        for text in ["hunter2", "a long enough one,hunter2", "0123456789abcdef,0123456789abcdeg,0123456789abcdeh"] {
            let error = OriginAuth::from_vars(&Vars::from_pairs([(ORIGIN_SECRET.name, text)])).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        assert!(!auth("").is_known() && auth(OLD).is_known());
    }
}
