//! What a limit counts as one client: the session's account, or else the network that the request
//! came from.

use crate::{edge::Network, sign::sha256_hex};
use std::fmt;

/// The client that a request counts for. All keys of one client share a hash tag.
#[derive(Debug, Clone)]
pub struct Caller {
    tag: String,
    account: Option<String>,
}

impl Caller {
    /// A client that is known by its network only.
    pub fn from_network(network: Network) -> Self {
        Self { tag: format!("{{n:{network}}}"), account: None }
    }

    /// A client that is signed in: the same one from every network.
    pub fn signed_in(subject: impl fmt::Display) -> Self {
        Self { tag: format!("{{s:{subject}}}"), account: None }
    }

    /// The caller, with the account that the request names. Only a hash of the account is kept.
    #[must_use]
    pub fn naming(self, account: &str) -> Self {
        let hash = sha256_hex(account.as_bytes());
        Self { account: Some(hash[..16].to_owned()), ..self }
    }

    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    pub(super) fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }
}
