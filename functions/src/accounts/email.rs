//! E-mail addresses, normalised: one spelling for each mailbox.
//!
//! No two accounts have the same address, so two spellings of one mailbox must become one text. We
//! trim spaces, turn letters into lower case, and turn an international domain into its ASCII form
//! (IDNA, UTS 46). Dots and `+tags` stay: only the receiving server knows what the local part means
//! (RFC 5321).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A normalised address. Its `Debug` hides the text, because addresses must not appear in logs.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(inline, description = "An e-mail address.", extend("format" = "email", "maxLength" = 318, "examples" = ["ada@example.com"]))]
pub struct EmailAddress(String);

/// The text is not an address that mail can be sent to.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address")]
pub struct NotAnAddress;

impl EmailAddress {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the mailbox can exist. A domain in `.invalid` never exists (RFC 6761); seeded
    /// accounts use it.
    pub fn is_reachable(&self) -> bool {
        !self.0.ends_with(".invalid")
    }
}

impl FromStr for EmailAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(NotAnAddress)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.is_empty() || local.len() > 64 || dots || !local.chars().all(allowed) {
            return Err(NotAnAddress);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| NotAnAddress)?;
        let labels = domain.split('.').count();
        let host = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
        if labels < 2 || domain.len() > 253 || !domain.split('.').all(host) {
            return Err(NotAnAddress);
        }
        Ok(Self(format!("{}@{domain}", local.to_ascii_lowercase())))
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_become_one() {
        let address = |text: &str| text.parse::<EmailAddress>().map(String::from);
        assert_eq!(address("  Ada.L+shop@Example.COM "), Ok("ada.l+shop@example.com".into()));
        assert_eq!(address("ada@bücher.example"), Ok("ada@xn--bcher-kva.example".into()));
        assert_eq!(address("ada@XN--BCHER-KVA.example"), Ok("ada@xn--bcher-kva.example".into()));
    }

    #[test]
    fn nobody_can_be_reached_where_no_domain_can_be() {
        let reachable = |text: &str| text.parse::<EmailAddress>().unwrap().is_reachable();
        assert!(!reachable("person-7@seed.INVALID") && reachable("ada@invalid.example"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ada",
            "@a.example",
            "ada@",
            "ada@localhost",
            "a..b@c.example",
            ".a@b.example",
            "a b@c.example",
            "a@b@c.example",
            "a@-b.example",
            "a@b..example",
            "a@b.example\r\nBcc: x@y.example",
            "ä@b.example",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(NotAnAddress), "{text:?}");
        }
    }
}
