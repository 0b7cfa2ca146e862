//! Who is asking, as far as limits go: the session's user, else the network that the request came
//! from.

use crate::{edge::Network, sign::sha256_hex};
use std::fmt;

/// Whom a request counts for. All keys of one caller share a hash tag.
#[derive(Debug, Clone)]
pub struct Caller {
    tag: String,
    account: Option<String>,
}

impl Caller {
    /// Somebody from `network`.
    pub fn from_network(network: Network) -> Self {
        Self { tag: format!("{{n:{network}}}"), account: None }
    }

    /// Somebody who is signed in: the same from everywhere.
    pub fn signed_in(subject: impl fmt::Display) -> Self {
        Self { tag: format!("{{s:{subject}}}"), account: None }
    }

    /// The caller, with the account that the request names. Only a hash of it goes further.
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
