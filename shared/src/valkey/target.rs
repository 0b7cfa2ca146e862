//! The values that `CACHE_URL` may have.

use crate::{config::ConfigError, env::CACHE_URL};
use redis::{Client, IntoConnectionInfo, cluster::ClusterClient, io::tcp::TcpSettings};

/// An endpoint that is not connected yet.
pub(super) enum Target {
    One(Box<Client>),
    Cluster(Box<ClusterClient>),
    #[cfg(test)]
    Fake(super::fake::Fake),
}

/// The endpoints of an address.
pub(super) struct Targets {
    pub(super) primary: Target,
    pub(super) readers: Option<Target>,
}

impl Targets {
    pub(super) fn parse(url: &str) -> Result<Self, ConfigError> {
        let wrong = |problem: &str| ConfigError::new(CACHE_URL, problem);
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let tls = base.starts_with("rediss://");
        if !tls && !base.starts_with("redis://") {
            return Err(wrong("must start with redis:// or rediss://"));
        }
        let (mut cluster, mut reader) = (tls, None);
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match (name, value) {
                ("cluster", "on") => cluster = true,
                ("cluster", "off") => cluster = false,
                ("reader", host) => reader = Some(host),
                _ => return Err(wrong("knows ?cluster=on, ?cluster=off and ?reader=host:port only")),
            }
        }
        if tls {
            // There is one provider for the process; another module may have set it first.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        // Commands of one batch follow each other without waiting for an acknowledgement.
        let tcp = TcpSettings::default().set_nodelay(true);
        // The client's errors contain the address, which may contain a password.
        let client = |url: &str| {
            let info = url.into_connection_info().map(|info| info.set_tcp_settings(tcp.clone()));
            info.and_then(Client::open).map(Box::new).map_err(|_| wrong("is not an address"))
        };
        let nodes = |url: &str| {
            ClusterClient::builder([url])
                .tcp_settings(tcp.clone())
                // A command is sent once: the client would send it again after a connection broke.
                .retries(0)
                .build()
                .map_err(|_| wrong("is not an address"))
        };
        if cluster {
            return Ok(Self { primary: Target::Cluster(Box::new(nodes(base)?)), readers: None });
        }
        let readers = reader.map(|host| client(&beside(base, host))).transpose()?;
        Ok(Self { primary: Target::One(client(base)?), readers: readers.map(Target::One) })
    }
}

/// `base` with another host and port; the credentials stay the same.
fn beside(base: &str, host: &str) -> String {
    let (scheme, rest) = base.split_once("://").unwrap_or(("redis", base));
    match rest.rsplit_once('@') {
        Some((user, _)) => format!("{scheme}://{user}@{host}"),
        None => format!("{scheme}://{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(url: &str) -> &'static str {
        let targets = Targets::parse(url).unwrap();
        match targets.primary {
            Target::Cluster(_) => "cluster",
            _ if targets.readers.is_some() => "readers",
            _ => "one",
        }
    }

    #[test]
    fn one_setting_says_which_of_the_three_it_is() {
        assert_eq!(kind("redis://localhost:6379"), "one");
        assert_eq!(kind("redis://localhost:6379?reader=other:6380"), "readers");
        assert_eq!(kind("redis://localhost:6379?cluster=on"), "cluster");
        assert_eq!(kind("rediss://cache.example:6379"), "cluster");
        assert_eq!(kind("rediss://cache.example:6379?cluster=off"), "one");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for url in [
            "http://localhost",
            "localhost:6379",
            "redis://",
            "redis://h?reader",
            "redis://:secret@h:x",
            "redis://h?a=b",
        ] {
            match Targets::parse(url) {
                Ok(_) => assert_eq!(url, "redis://h?reader"),
                Err(e) => assert!(e.variable == CACHE_URL.name && !e.problem.contains("secret"), "{e}"),
            }
        }
    }

    #[test]
    fn a_reader_has_the_primary_s_credentials() {
        assert_eq!(beside("redis://user:p@ss@primary:6379", "reader:6380"), "redis://user:p@ss@reader:6380");
        assert_eq!(beside("redis://primary", "reader:1"), "redis://reader:1");
    }
}
